using System.Globalization;
using System.Net;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Memory;
using MesosK8sBridge.Operator;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Benchmarks.Restart;

/// <summary>A bridge that starts over 100,000 running tasks: how long until offers come again, and what it costs.</summary>
internal static class LargeRestart
{
    private const string Group = "Restart with 100,000 tasks on 10,000 nodes";
    private const int Tasks = 100_000;
    private const int Nodes = 10_000;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    public static async Task MeasureAsync(Report report, Action<string> progress, CancellationToken cancellationToken)
    {
        progress($"filling an API server with {Tasks:#,0} Pods");
        await using var cluster = await Child.StartAsync(
            ["stored", Tasks.ToString(CultureInfo.InvariantCulture), Nodes.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        progress("starting a bridge");
        var (start, serverCpu) = (Time.Now, cluster.CpuTime);
        await using var bridge = await Child.StartAsync(["bridge", cluster.Greeting], cancellationToken);
        var (recovered, recoveryCpu) = (Time.Milliseconds(start, Time.Now) / 1000, bridge.CpuTime.TotalSeconds);
        progress($"recovered after {recovered:0.0} s, {recoveryCpu:0.0} s of CPU; {(cluster.CpuTime - serverCpu).TotalSeconds:0.0} s of the API server's; {bridge.PeakResident / 1048576.0:0} MiB");

        var endpoint = new HostPort(IPAddress.Loopback.ToString(), int.Parse(bridge.Greeting, CultureInfo.InvariantCulture));
        using var client = new SchedulerClient(new SchedulerClientOptions([endpoint], WireFormat.Protobuf, Credential: null));
        var (updates, offered) = await SubscribeAsync(client, cancellationToken);
        var first = Time.Milliseconds(start, offered) / 1000;
        progress($"first offer after {first:0.0} s, after {updates:#,0} updates");
        var peak = bridge.PeakResident;
        await Task.Delay(Settling, Time.Clock, cancellationToken);
        var rest = await bridge.MeasureAsync(cancellationToken);
        progress($"peak {peak / 1048576.0:0} MiB, {rest.Managed / 1048576.0:0} MiB live");

        const string method = "embedded API server in a process of its own on the same cores; tasks of 20 frameworks, all running; clock starts with the bridge's process";
        report.Figures.Add(new Figure(Group, "until recovered", recovered, "s", method));
        report.Figures.Add(new Figure(Group, "until the first offer", first, "s", $"read by a framework that subscribes as soon as it may; {method}"));
        report.Figures.Add(new Figure(Group, "CPU of the bridge until recovered", recoveryCpu, "s", method));
        report.Figures.Add(new Figure(Group, "peak resident", peak / 1048576.0, "MiB", $"until the first offer; {method}"));
        report.Figures.Add(new Figure(Group, "managed heap afterwards", rest.Managed / 1048576.0, "MiB", method));
    }

    /// <summary>As one of the frameworks whose tasks run.</summary>
    private static async Task<(int Updates, long OfferedAt)> SubscribeAsync(SchedulerClient client, CancellationToken cancellationToken)
    {
        await using var stream = await client.SubscribeAsync(Calls.Subscribe(StoredCluster.Framework(0)), cancellationToken);
        var updates = 0;
        await foreach (var happened in stream.ReadAsync(cancellationToken))
        {
            switch (happened.Type)
            {
                case Event.Types.Type.Offers:
                    return (updates, Time.Now);
                case Event.Types.Type.Update when happened.Update.Status.State == TaskState.TaskRunning:
                    updates++;
                    break;
                case Event.Types.Type.Update or Event.Types.Type.Error:
                    throw new InvalidOperationException($"The bridge says: {happened}");
                default:
                    break;
            }
        }

        throw new InvalidOperationException("The bridge ended the stream.");
    }
}
