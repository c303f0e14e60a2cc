using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Demo;

/// <summary>Runs the demo's framework against a bridge, watches the Pods, and judges what it saw.</summary>
internal sealed class DemoRun(IKubernetes kubernetes, HostPort master, DemoScreen screen, DemoBoard board, TimeProvider clock, Random random)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(50);

    /// <returns>Whether everything was as expected, or how the run was cut short.</returns>
    public async Task<ExecutionOutcome> RunAsync(CancellationToken stop)
    {
        var framework = new FrameworkInfo
        {
            Name = "demo",
            User = System.Environment.UserName,
            FailoverTimeout = 60,
            Capabilities = { new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.PartitionAware } },
        };
        var plan = new ExecutionPlan(framework, [.. DemoTask.All.Select(task => task.Workload)], Longest, Longest);
        ExecutionReport.Ended? ended = null;
        var outcome = await screen.ShowAsync(async () =>
        {
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var pods = WatchPodsAsync(watching.Token);
            using var client = new SchedulerClient(new SchedulerClientOptions([master], WireFormat.Protobuf, Credential: null));
            var runner = new ExecutionRunner(client, clock, report =>
            {
                ended = report as ExecutionReport.Ended ?? ended;
                screen.Tell(board.Take(report));
            });
            var result = await runner.RunAsync(new Execution(plan, random), stop);
            await watching.CancelAsync();
            await pods;
            return result;
        });

        return outcome is ExecutionOutcome.Interrupted ? outcome : await JudgeAsync([.. ended!.Tasks], stop);
    }

    private async Task<ExecutionOutcome> JudgeAsync(IReadOnlyList<TaskResult> results, CancellationToken stop)
    {
        var complaints = board.Rows
            .SelectMany(row => row.Task.Complaints(results.FirstOrDefault(each => each.TaskId == row.Task.Id), row.Pod))
            .ToList();
        var first = board.Rows[0];
        var log = await LogAsync(first, stop);
        if (!log.Contains(DemoTask.Greeting, StringComparison.Ordinal))
        {
            complaints.Add($"{first.Task.Id}: its log lacks '{DemoTask.Greeting}'");
        }

        screen.Sum(results, complaints);
        screen.Say($"Log of {first.Pod}: {log.Trim()}");
        return complaints.Count == 0 ? ExecutionOutcome.Succeeded : ExecutionOutcome.TaskFailed;
    }

    private async Task<string> LogAsync(DemoBoard.Row row, CancellationToken stop)
    {
        if (row is not { Pod: { } pod, PodNamespace: { } space })
        {
            return "";
        }

        using var reader = new StreamReader(await kubernetes.ReadPodLogAsync(pod, space, cancellationToken: stop));
        return await reader.ReadToEndAsync(stop);
    }

    private async Task WatchPodsAsync(CancellationToken stop)
    {
        var ours = new ListOptions { LabelSelector = $"{TaskMarks.ManagedBy}={TaskMarks.Manager}" };
        try
        {
            while (true)
            {
                await foreach (var change in kubernetes.WatchAsync<V1Pod>(options: ours, cancellationToken: stop))
                {
                    screen.Tell(board.Take(change.Object, clock.GetUtcNow()));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The demo is over.
        }
    }
}
