using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Tasks;

namespace MesosK8sBridge.Shim.Tests.Master;

public sealed class TableTests
{
    [Theory]
    [InlineData("Connected", "Subscribed", "Connected")]
    [InlineData("Connected", "StreamLost", "Disconnected")]
    [InlineData("Connected", "Banned", "Disconnected")]
    [InlineData("Connected", "TimedOut", null)]
    [InlineData("Connected", "TornDown", "Completed")]
    [InlineData("Disconnected", "Subscribed", "Connected")]
    [InlineData("Disconnected", "StreamLost", null)]
    [InlineData("Disconnected", "Banned", null)]
    [InlineData("Disconnected", "TimedOut", "Completed")]
    [InlineData("Disconnected", "TornDown", "Completed")]
    [InlineData("Recovered", "Subscribed", "Connected")]
    [InlineData("Recovered", "StreamLost", null)]
    [InlineData("Recovered", "TimedOut", "Completed")]
    [InlineData("Recovered", "TornDown", "Completed")]
    [InlineData("Completed", "Subscribed", null)]
    [InlineData("Completed", "TimedOut", null)]
    [InlineData("Completed", "TornDown", null)]
    public void A_registration_moves_along_its_table(string from, string occasion, string? to)
    {
        var after = FrameworkPhases.After(Enum.Parse<FrameworkPhase>(from), Enum.Parse<FrameworkOccasion>(occasion));

        Assert.Equal(to, after?.ToString());
    }

    [Theory]
    [InlineData(TaskState.TaskStaging, TaskState.TaskStarting, true)]
    [InlineData(TaskState.TaskStaging, TaskState.TaskRunning, true)]
    [InlineData(TaskState.TaskStaging, TaskState.TaskFailed, true)]
    [InlineData(TaskState.TaskStarting, TaskState.TaskRunning, true)]
    [InlineData(TaskState.TaskRunning, TaskState.TaskRunning, true)]
    [InlineData(TaskState.TaskRunning, TaskState.TaskKilling, true)]
    [InlineData(TaskState.TaskKilling, TaskState.TaskKilled, true)]
    [InlineData(TaskState.TaskKilling, TaskState.TaskFinished, true)]
    [InlineData(TaskState.TaskRunning, TaskState.TaskStarting, false)]
    [InlineData(TaskState.TaskKilling, TaskState.TaskRunning, false)]
    [InlineData(TaskState.TaskRunning, TaskState.TaskStaging, false)]
    [InlineData(TaskState.TaskRunning, TaskState.TaskUnreachable, false)]
    [InlineData(TaskState.TaskFinished, TaskState.TaskFailed, false)]
    [InlineData(TaskState.TaskLost, TaskState.TaskRunning, false)]
    public void A_task_moves_along_its_table(TaskState from, TaskState to, bool legal) => Assert.Equal(legal, TaskStates.MayFollow(from, to));

    [Fact]
    public void The_terminal_states_are_those_of_Mesos()
    {
        TaskState[] terminal =
        [
            TaskState.TaskFinished, TaskState.TaskFailed, TaskState.TaskKilled, TaskState.TaskLost,
            TaskState.TaskError, TaskState.TaskDropped, TaskState.TaskGone, TaskState.TaskGoneByOperator,
        ];

        Assert.Equal(terminal.Order(), Enum.GetValues<TaskState>().Where(TaskStates.IsTerminal).Order());
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData(0.0, 0)]
    [InlineData(0.5, 0.5)]
    [InlineData(-1.0, 5)]
    [InlineData(double.NaN, 5)]
    [InlineData(31_536_000.0, 31_536_000)]
    [InlineData(31_536_001.0, 31_536_000)]
    [InlineData(double.PositiveInfinity, 31_536_000)]
    public void Refused_resources_stay_away_for_as_long_as_Mesos_keeps_them(double? asked, double seconds)
    {
        var filters = asked is { } value ? new Filters { RefuseSeconds = value } : null;

        Assert.Equal(seconds, RefusePeriod.Of(filters).TotalSeconds);
    }
}
