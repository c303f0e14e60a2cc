using MesosK8sBridge.Benchmarks.Figures;

namespace MesosK8sBridge.Benchmarks.Launch;

/// <param name="Rate">Pods created in a second.</param>
/// <param name="Cpu">Of this process, in milliseconds a Pod.</param>
/// <param name="ServerCpu">Of API server and etcd, in milliseconds a Pod.</param>
internal readonly record struct Round(double Rate, double Cpu, double ServerCpu)
{
    public double AllCpu => Cpu + ServerCpu;

    /// <param name="create">Returns when the last Pod was created.</param>
    public static async Task<Round> MeasureAsync(RealApiServer server, int count, Func<Task<long>> create)
    {
        GC.Collect();
        var (start, cpu, serverCpu) = (Time.Now, Environment.CpuUsage.TotalTime, server.CpuTime());
        var end = await create();
        return new Round(
            count * 1000 / Time.Milliseconds(start, end),
            (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / count,
            (server.CpuTime() - serverCpu).TotalMilliseconds / count);
    }
}
