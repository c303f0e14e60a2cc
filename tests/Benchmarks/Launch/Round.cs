using MesosK8sBridge.Benchmarks.Figures;

namespace MesosK8sBridge.Benchmarks.Launch;

/// <param name="Rate">Pods created in a second.</param>
/// <param name="Cpu">Of this process, in milliseconds a Pod.</param>
internal readonly record struct Round(double Rate, double Cpu)
{
    public static async Task<Round> MeasureAsync(int count, Func<Task<long>> create)
    {
        GC.Collect();
        var (start, cpu) = (Time.Now, Environment.CpuUsage.TotalTime);
        var end = await create();
        return new Round(count * 1000 / Time.Milliseconds(start, end), (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / count);
    }
}
