using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using Capability = MesosK8sBridge.Protocol.V1.FrameworkInfo.Types.Capability.Types.Type;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Tests.Golden;

/// <summary>docs/pod-status.md: what is seen of a Pod, and what frameworks are told of its tasks.</summary>
public sealed class PodStatusTests
{
    private static readonly Capability[] All = [Capability.PartitionAware, Capability.TaskKillingState];

    [Fact]
    public void Each_row_of_the_table_is_what_a_framework_is_told() => StatusTable.Check(row => row.IsOfGroup ? OutcomeOfGroup(row) : Outcome(SeenPod.Of(row.Case)));

    [Fact]
    public void Each_case_has_a_row_and_no_other_row_is_there() =>
        Assert.Equal(GoldenCase.NamesIn("Read"), StatusTable.Rows().Where(row => !row.IsOfGroup).Select(row => row.Case).Order(StringComparer.Ordinal));

    [Fact]
    public void Capabilities_change_states_and_nothing_else() => Assert.All(Pods(), pod =>
    {
        var (aware, other) = (pod.Of(All).Read(), pod.Of().Read());

        Assert.Equal(SeenPod.Words(aware.Demand), SeenPod.Words(other.Demand));
        foreach (var (a, b) in aware.Tasks.Zip(other.Tasks))
        {
            Assert.Equal((a.Vanished, a.Terminal is null), (b.Vanished, b.Terminal is null));
            if (a.Terminal is not null)
            {
                Assert.Equal(About(a.Terminal), About(b.Terminal!));
                Assert.Equal(a.Terminal.State is TaskState.TaskGone or TaskState.TaskDropped ? TaskState.TaskLost : a.Terminal.State, b.Terminal!.State);
            }
        }
    });

    [Fact]
    public void Every_update_says_which_container_it_is_of_and_where() => Assert.All(Pods(), pod =>
    {
        var hasNode = pod.Json["status"]?["hostIP"] is not null;
        foreach (var status in pod.Read().Tasks.SelectMany(task => task.Statuses))
        {
            Assert.Equal("0f0e0d0c-0b0a-4908-8706-050403020100", (status.ContainerStatus.ContainerId.Parent ?? status.ContainerStatus.ContainerId).Value);
            Assert.Equal(hasNode, status.ContainerStatus.NetworkInfos is [{ IpAddresses.Count: > 0 }]);
            Assert.Equal((16, true), (status.Uuid.Length, status.HasSource));
        }
    });

    [Fact]
    public void What_has_ended_has_run_before_unless_it_never_did() => Assert.All(Pods(), pod =>
    {
        foreach (var statuses in pod.Read().Tasks.Select(task => task.Statuses).Where(statuses => statuses.Any(status => status.State is TaskState.TaskFinished)))
        {
            Assert.Equal([TaskState.TaskStarting, TaskState.TaskRunning], statuses.Take(2).Select(status => status.State));
        }
    });

    private static IEnumerable<SeenPod> Pods() => GoldenCase.NamesIn("Read").Select(SeenPod.Of);

    private static string[] Outcome(SeenPod pod)
    {
        var (aware, other) = (pod.Of(All).Read(), pod.Of().Read());
        var (told, toldOthers) = (PerTask(aware, Chain), PerTask(other, Chain));
        return
        [
            told,
            toldOthers == told ? "the same" : toldOthers,
            PerTask(aware, Cause),
            PerTask(aware, task => task.Vanished ?? task.Statuses.LastOrDefault()?.Message ?? ""),
            string.Join("; ", new[] { PerTask(aware, Also), Doing(aware.Demand) }.Where(text => text.Length > 0)),
        ];
    }

    private static string[] OutcomeOfGroup(StatusRow row)
    {
        var reading = GroupOf.Two(SeenPod.Of(row.Case), row.Seen.Trim('*')).Of(All).Read();
        return [Told(reading.Tasks[0]), Told(reading.Tasks[1]), Doing(reading.Demand)];
    }

    private static string Told(TaskReading task) =>
        string.Join("; ", new[] { Chain(task), task.Terminal is null && task.Vanished is null ? "" : Cause(task), task.Vanished ?? task.Terminal?.Message ?? "" }.Where(text => text.Length > 0));

    private static string PerTask(PodReading reading, Func<TaskReading, string> write)
    {
        var texts = reading.Tasks.Select(task => (task.Key.Task, Text: write(task))).ToList();
        return texts.All(text => text.Text == texts[0].Text) ? texts[0].Text : string.Join("<br>", texts.Select(text => $"{text.Task}: {text.Text}"));
    }

    private static string Chain(TaskReading task)
    {
        var states = task.Statuses.Select(status => $"{Name(status.State)}{Result(status)}").ToList();
        if (task.Vanished is not null)
        {
            states.Add("*vanished*");
        }

        return states.Count == 0 ? "nothing" : string.Join(", ", states);
    }

    /// <summary>Of an update about a check.</summary>
    private static string Result(TaskStatus status) =>
        !status.HasReason ? ""
        : status.Reason == TaskStatus.Types.Reason.TaskHealthCheckStatusUpdated ? status.Healthy ? " (healthy)" : " (not healthy)"
        : status.Reason == TaskStatus.Types.Reason.TaskCheckStatusUpdated ? " (checked)"
        : "";

    /// <summary>Of a task that has vanished the master says why.</summary>
    private static string Cause(TaskReading task) =>
        task.Vanished is not null ? "AGENT, EXECUTOR_REREGISTRATION_TIMEOUT"
        : task.Statuses.LastOrDefault() is not { } last ? ""
        : last.HasReason ? $"{Name(last.Source)}, {Name(last.Reason)}"
        : Name(last.Source);

    private static string Also(TaskReading task) => task.Terminal is not { } last ? "" : string.Join(", ", new[]
    {
        last.HasHealthy ? $"`healthy: {(last.Healthy ? "true" : "false")}`" : "",
        last.Limitation?.Resources is [var exceeded] ? $"`limitation`: {exceeded.Name} {exceeded.Scalar.Value}" : "",
    }.Where(text => text.Length > 0));

    private static string Doing(PodDemand demand) => demand switch
    {
        PodDemand.None => "",
        PodDemand.GiveUp giveUp => $"gives the Pod up: {giveUp.Message}",
        PodDemand.EndGroup => "kills the others",
        PodDemand.Stop stop => $"kills it: {stop.Cause}",
        PodDemand.FinishDeletion => "deletes the Pod",
        PodDemand.MarkDrained => "marks the Pod as drained",
        _ => throw new ArgumentOutOfRangeException(nameof(demand)),
    };

    private static (TaskStatus.Types.Source, TaskStatus.Types.Reason?, string, bool?, string) About(TaskStatus status) =>
        (status.Source, status.HasReason ? status.Reason : null, status.Message, status.HasHealthy ? status.Healthy : null, $"{status.Limitation}");

    /// <summary>As in Mesos, without the word that all of them begin with.</summary>
    private static string Name<T>(T value)
        where T : struct, Enum
    {
        var name = MesosNames.Of(value);
        return name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..];
    }
}
