using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using static MesosK8sBridge.Operator.Tests.Execute.Story;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;

namespace MesosK8sBridge.Operator.Tests.Execute;

public sealed class ExecutionTests
{
    private DateTimeOffset _now = T0;
    private readonly List<ExecutionEffect> _effects = [];

    [Fact]
    public void It_subscribes_at_once_and_again_with_its_id_after_a_loss()
    {
        var execution = Start(Command("a"));
        Assert.Null(Assert.Single(Subscriptions()).FrameworkId);

        Receive(execution, Subscribed("f-7"));
        Take(execution, new ExecutionInput.Disconnected("gone", Retry: true));
        Pass(execution, Execution.FirstBackOff);

        Assert.Equal("f-7", Subscriptions().Last().FrameworkId.Value);
        Assert.Equal("f-7", Subscriptions().Last().Subscribe.FrameworkInfo.Id.Value);
    }

    [Fact]
    public void Waits_between_attempts_grow_to_ten_seconds_and_not_further()
    {
        var execution = Start(timeout: null, TimeSpan.FromHours(1), Command("a"));
        for (var i = 0; i < 12; i++)
        {
            Take(execution, new ExecutionInput.Disconnected("refused", Retry: true));
            Pass(execution, execution.NextDeadline!.Value - _now);
        }

        var waits = Reports<ExecutionReport.ConnectionLost>().Select(lost => lost.RetryIn).ToList();
        Assert.InRange(waits[0], Execution.FirstBackOff / 2, Execution.FirstBackOff);
        Assert.All(waits.TakeLast(4), wait => Assert.InRange(wait, Execution.LongestBackOff / 2, Execution.LongestBackOff));
    }

    [Fact]
    public void It_gives_up_when_it_cannot_subscribe_for_the_connect_timeout()
    {
        var execution = Start(Command("a"));
        Take(execution, new ExecutionInput.Disconnected("refused", Retry: true));
        Pass(execution, TimeSpan.FromSeconds(30));

        Assert.Equal(ExecutionOutcome.MasterUnavailable, Outcome());
    }

    [Theory]
    [InlineData(74.999, false)]
    [InlineData(75.0, true)]
    public void A_stream_silent_for_five_heartbeats_is_given_up(double seconds, bool lost)
    {
        var execution = Start(Command("a"));
        Receive(execution, Subscribed());
        Pass(execution, TimeSpan.FromSeconds(seconds));

        Assert.Equal(lost, Reports<ExecutionReport.ConnectionLost>().Count > 0);
    }

    [Fact]
    public void A_heartbeat_keeps_the_stream_alive()
    {
        var execution = Start(Command("a"));
        Receive(execution, Subscribed());
        Pass(execution, TimeSpan.FromSeconds(70));
        Receive(execution, Heartbeat());
        Pass(execution, TimeSpan.FromSeconds(70));

        Assert.Empty(Reports<ExecutionReport.ConnectionLost>());
    }

    [Fact]
    public void An_offer_that_fits_is_accepted_and_the_others_are_declined_for_long()
    {
        var execution = Start(Command("a"));
        Receive(execution, Subscribed(), Offers("o1 agent-1 cpus:0.5;mem:512", "o2 agent-2 cpus:2;mem:512", "o3 agent-3 cpus:2;mem:512"));

        var accept = Assert.Single(Sent(Call.Types.Type.Accept)).Accept;
        Assert.Equal(["o2"], accept.OfferIds.Select(id => id.Value));
        var task = Assert.Single(Assert.Single(accept.Operations).Launch.TaskInfos);
        Assert.Equal("agent-2", task.AgentId.Value);
        Assert.Equal(["cpus:1", "mem:128"], task.Resources.Select(Show));

        var decline = Assert.Single(Sent(Call.Types.Type.Decline)).Decline;
        Assert.Equal(["o1", "o3"], decline.OfferIds.Select(id => id.Value));
        Assert.Equal(3600, decline.Filters.RefuseSeconds);
        Assert.Single(Sent(Call.Types.Type.Suppress));
    }

    [Fact]
    public void While_something_waits_offers_that_do_not_fit_are_declined_for_five_seconds()
    {
        var execution = Start(Command("a", "cpus:4"));
        Receive(execution, Subscribed(), Offers("o1 agent-1 cpus:2;mem:512"));

        Assert.Equal(5, Assert.Single(Sent(Call.Types.Type.Decline)).Decline.Filters.RefuseSeconds);
        Assert.Empty(Sent(Call.Types.Type.Suppress));
    }

    [Fact]
    public void Tasks_are_spread_over_the_offers_and_share_one_launch_per_offer()
    {
        var execution = Start(Command("a"), Command("b"), Command("c"));
        Receive(execution, Subscribed(), Offers("o1 agent-1 cpus:2;mem:512", "o2 agent-2 cpus:2;mem:512"));

        var launches = Sent(Call.Types.Type.Accept).Select(call => call.Accept.Operations.Single().Launch.TaskInfos.Select(task => task.TaskId.Value));
        Assert.Equal([["a", "c"], ["b"]], launches);
    }

    [Fact]
    public void A_group_is_launched_whole_with_its_executor()
    {
        var executor = new ExecutorInfo { Type = ExecutorInfo.Types.Type.Default, ExecutorId = new() { Value = "default-executor" } };
        executor.Resources.AddRange(Task("x", "cpus:0.1;mem:32").Resources);
        var execution = Start(new Workload([Task("a", "cpus:1;mem:32"), Task("b", "cpus:0.9;mem:32")], executor, KillAfter: null));
        Receive(execution, Subscribed(), Offers("o1 agent-1 cpus:1.9;mem:512", "o2 agent-2 cpus:2;mem:512"));

        var group = Assert.Single(Assert.Single(Sent(Call.Types.Type.Accept)).Accept.Operations).LaunchGroup;
        Assert.Equal("f-1", group.Executor.FrameworkId.Value);
        Assert.Equal(["cpus:0.1", "mem:32"], group.Executor.Resources.Select(Show));
        Assert.Equal(["agent-2", "agent-2"], group.TaskGroup.Tasks.Select(task => task.AgentId.Value));
    }

    [Theory]
    [InlineData(TaskState.TaskFinished, true)]
    [InlineData(TaskState.TaskFailed, false)]
    [InlineData(TaskState.TaskKilled, false)]
    [InlineData(TaskState.TaskError, false)]
    [InlineData(TaskState.TaskLost, false)]
    [InlineData(TaskState.TaskGone, false)]
    [InlineData(TaskState.TaskGoneByOperator, false)]
    public void The_outcome_tells_how_the_task_ended(TaskState state, bool succeeded)
    {
        var execution = Launched(Command("a"));
        Receive(execution, Update("a", TaskState.TaskRunning, 1), Update("a", state, 2));

        Assert.Equal(succeeded ? ExecutionOutcome.Succeeded : ExecutionOutcome.TaskFailed, Outcome());
        Assert.Equal([1, 2], Sent(Call.Types.Type.Acknowledge).Select(call => (int)call.Acknowledge.Uuid[0]));
        Assert.Equal(Call.Types.Type.Teardown, _effects.OfType<ExecutionEffect.Send>().Last().Call.Type);
    }

    [Theory]
    [InlineData(TaskState.TaskUnreachable)]
    [InlineData(TaskState.TaskUnknown)]
    [InlineData(TaskState.TaskKilling)]
    public void A_task_whose_end_is_not_certain_is_waited_for(TaskState state)
    {
        var execution = Launched(Command("a"));
        Receive(execution, Update("a", TaskState.TaskRunning, 1), Update("a", state));

        Assert.Null(Outcome());
    }

    [Fact]
    public void It_ends_when_the_last_of_several_tasks_has_ended()
    {
        var execution = Launched(Command("a"), Command("b"));
        Receive(execution, Update("a", TaskState.TaskFinished, 1));
        Assert.Null(Outcome());
        Receive(execution, Update("b", TaskState.TaskFinished, 2));

        Assert.Equal(ExecutionOutcome.Succeeded, Outcome());
    }

    [Fact]
    public void A_task_is_killed_the_given_time_after_it_runs_and_that_is_a_success()
    {
        var execution = Launched(Command("a", killAfter: TimeSpan.FromSeconds(3)));
        Receive(execution, Update("a", TaskState.TaskStarting, 1));
        Pass(execution, TimeSpan.FromSeconds(3));
        Receive(execution, Update("a", TaskState.TaskRunning, 2));
        Pass(execution, TimeSpan.FromSeconds(2.999));
        Assert.Empty(Sent(Call.Types.Type.Kill));
        Pass(execution, TimeSpan.FromSeconds(0.001));
        Assert.Equal("agent-1", Assert.Single(Sent(Call.Types.Type.Kill)).Kill.AgentId.Value);
        Pass(execution, Execution.KillRepeat);
        Assert.Equal(2, Sent(Call.Types.Type.Kill).Count);

        Receive(execution, Update("a", TaskState.TaskKilled, 3));
        Assert.Equal(ExecutionOutcome.Succeeded, Outcome());
    }

    [Fact]
    public void An_update_that_comes_twice_is_acknowledged_twice_and_told_once()
    {
        var execution = Launched(Command("a"));
        Receive(execution, Update("a", TaskState.TaskRunning, 1), Update("a", TaskState.TaskRunning, 1));

        Assert.Equal(2, Sent(Call.Types.Type.Acknowledge).Count);
        Assert.Single(Reports<ExecutionReport.Updated>());
    }

    [Fact]
    public void An_update_without_uuid_is_not_acknowledged()
    {
        var execution = Launched(Command("a"));
        Receive(execution, Update("a", TaskState.TaskError, reason: Reason.TaskInvalid));

        Assert.Empty(Sent(Call.Types.Type.Acknowledge));
        Assert.Equal(ExecutionOutcome.TaskFailed, Outcome());
    }

    [Fact]
    public void An_update_for_a_task_of_somebody_else_is_acknowledged_and_changes_nothing()
    {
        var execution = Launched(Command("a"));
        Receive(execution, Update("z", TaskState.TaskFailed, 1));

        Assert.Single(Sent(Call.Types.Type.Acknowledge));
        Assert.Null(Outcome());
    }

    [Theory]
    [InlineData(TaskState.TaskDropped, Reason.InvalidOffers)]
    [InlineData(TaskState.TaskLost, Reason.InvalidOffers)]
    [InlineData(TaskState.TaskUnknown, Reason.Reconciliation)]
    public void A_task_that_no_agent_got_is_launched_again_from_another_offer(TaskState state, Reason reason)
    {
        var execution = Launched(Command("a"));
        Receive(execution, Update("a", state, reason: reason));
        Assert.Single(Sent(Call.Types.Type.Revive));
        Receive(execution, Offers("o9 agent-9 cpus:2;mem:512"));
        Assert.Equal(2, Sent(Call.Types.Type.Accept).Count);
        Receive(execution, Update("a", TaskState.TaskFinished, 1));

        Assert.Equal(ExecutionOutcome.Succeeded, Outcome());
    }

    [Fact]
    public void A_task_that_ran_is_never_launched_again()
    {
        var execution = Launched(Command("a"));
        Receive(execution, Update("a", TaskState.TaskRunning, 1), Update("a", TaskState.TaskLost, reason: Reason.Reconciliation));

        Assert.Single(Sent(Call.Types.Type.Accept));
        Assert.Equal(ExecutionOutcome.TaskFailed, Outcome());
    }

    [Fact]
    public void A_launch_that_is_lost_five_times_is_a_failure()
    {
        var execution = Launched(Command("a"));
        for (var i = 0; i < Execution.MaxLaunches && Outcome() is null; i++)
        {
            Receive(execution, Update("a", TaskState.TaskDropped, reason: Reason.InvalidOffers), Offers($"x{i} agent-1 cpus:2;mem:512"));
        }

        Assert.Equal(Execution.MaxLaunches, Sent(Call.Types.Type.Accept).Count);
        Assert.Equal(ExecutionOutcome.TaskFailed, Outcome());
    }

    [Fact]
    public void After_a_new_subscription_it_asks_for_every_task_that_is_not_over()
    {
        var execution = Launched(Command("a"), Command("b"));
        Receive(execution, Update("a", TaskState.TaskFinished, 1), Update("b", TaskState.TaskRunning, 2));
        Take(execution, new ExecutionInput.Disconnected("gone", Retry: true));
        Pass(execution, Execution.FirstBackOff);
        Receive(execution, Subscribed(), Update("b", TaskState.TaskRunning, reason: Reason.Reconciliation));

        var asked = Assert.Single(Assert.Single(Sent(Call.Types.Type.Reconcile)).Reconcile.Tasks);
        Assert.Equal("b", asked.TaskId.Value);
        Assert.Equal(2, Reports<ExecutionReport.Updated>().Count);
    }

    [Fact]
    public void An_error_event_ends_it_without_another_call()
    {
        var execution = Launched(Command("a"));
        var before = _effects.OfType<ExecutionEffect.Send>().Count();
        Receive(execution, Error("Framework has been removed"));

        Assert.Equal(ExecutionOutcome.MasterUnavailable, Outcome());
        Assert.Contains("Framework has been removed", Assert.Single(Reports<ExecutionReport.GaveUp>()).Reason, StringComparison.Ordinal);
        Assert.Equal(before, _effects.OfType<ExecutionEffect.Send>().Count());
    }

    [Fact]
    public void When_its_time_is_up_the_framework_is_torn_down()
    {
        var execution = Start(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30), Command("a"));
        Receive(execution, Subscribed());
        Pass(execution, TimeSpan.FromSeconds(20));

        Assert.Equal(ExecutionOutcome.TimedOut, Outcome());
        Assert.Single(Sent(Call.Types.Type.Teardown));
    }

    [Fact]
    public void A_stop_tears_the_framework_down()
    {
        var execution = Launched(Command("a"));
        Take(execution, new ExecutionInput.StopRequested());

        Assert.Equal(ExecutionOutcome.Interrupted, Outcome());
        Assert.Single(Sent(Call.Types.Type.Teardown));
        Assert.Null(execution.NextDeadline);
    }

    private Execution Start(params Workload[] workloads) => Start(timeout: null, TimeSpan.FromSeconds(30), workloads);

    private Execution Start(TimeSpan? timeout, TimeSpan connectTimeout, params Workload[] workloads)
    {
        var framework = new FrameworkInfo { Name = "test", User = "me" };
        var execution = new Execution(new ExecutionPlan(framework, [.. workloads], timeout, connectTimeout), new Random(1));
        Take(execution, new ExecutionInput.Tick());
        return execution;
    }

    private Execution Launched(params Workload[] workloads)
    {
        var execution = Start(workloads);
        Receive(execution, Subscribed(), Offers("o1 agent-1 cpus:8;mem:4096"));
        Assert.Single(Sent(Call.Types.Type.Accept));
        return execution;
    }

    private void Receive(Execution execution, params Event[] events)
    {
        foreach (var each in events)
        {
            Take(execution, new ExecutionInput.Received(each));
        }
    }

    private void Pass(Execution execution, TimeSpan time)
    {
        _now += time;
        Take(execution, new ExecutionInput.Tick());
    }

    private void Take(Execution execution, ExecutionInput input) => _effects.AddRange(execution.Handle(input, _now));

    private List<Call> Sent(Call.Types.Type type) =>
        [.. _effects.OfType<ExecutionEffect.Send>().Select(send => send.Call).Where(call => call.Type == type)];

    private List<Call> Subscriptions() => [.. _effects.OfType<ExecutionEffect.Subscribe>().Select(subscribe => subscribe.Call)];

    private List<T> Reports<T>()
        where T : ExecutionReport => [.. _effects.OfType<ExecutionEffect.Report>().Select(report => report.Value).OfType<T>()];

    private ExecutionOutcome? Outcome() => _effects.OfType<ExecutionEffect.Finish>().SingleOrDefault()?.Outcome;
}
