using System.Collections.Concurrent;
using System.Net;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using static MesosK8sBridge.Operator.Tests.Execute.Story;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Tests.Execute;

/// <summary>The whole client on real sockets, against a peer that is told what to say.</summary>
public sealed class ExecutionRunnerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<Call> _calls = [];
    private readonly ConcurrentQueue<ExecutionReport> _reports = [];
    private Action<ExecutionReport> _reported = _ => { };
    private readonly TaskCompletionSource<ScriptedRequest> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData("application/x-protobuf")]
    [InlineData("application/json")]
    public async Task A_run_is_understood_though_every_byte_comes_alone(string mediaType)
    {
        var format = mediaType == "application/json" ? WireFormat.Json : WireFormat.Protobuf;
        await using var master = new ScriptedMaster(async request =>
        {
            Assert.Equal("POST /api/v1/scheduler HTTP/1.1", request.RequestLine);
            Assert.Equal(mediaType, request.Header("Content-Type"));
            Assert.Equal(mediaType, request.Header("Accept"));
            Assert.Null(request.Header("Authorization"));
            Assert.Equal(request.Call.Type == Call.Types.Type.Subscribe ? null : "stream-1", request.Header("Mesos-Stream-Id"));
            await OneTaskAsync(request, TaskState.TaskFinished);
        });

        Assert.Equal(ExecutionOutcome.Succeeded, await RunAsync(master, format: format));

        Assert.Null(master.Trouble);
        Assert.Equal(
            [
                Call.Types.Type.Subscribe, Call.Types.Type.Accept, Call.Types.Type.Suppress, Call.Types.Type.Acknowledge,
                Call.Types.Type.Acknowledge, Call.Types.Type.Teardown,
            ],
            _calls.Select(call => call.Type));
    }

    [Fact]
    public async Task A_redirection_without_scheme_is_followed_to_the_leader()
    {
        await using var leader = new ScriptedMaster(request => OneTaskAsync(request, TaskState.TaskFinished));
        await using var standby = new ScriptedMaster(
            request => request.AnswerAsync("307 Temporary Redirect", "", $"Location: //{leader.Address}/master/api/v1/scheduler\r\n"));

        Assert.Equal(ExecutionOutcome.Succeeded, await RunAsync(standby));

        Assert.Equal(Call.Types.Type.Teardown, _calls.Last().Type);
    }

    [Fact]
    public async Task A_connection_lost_in_the_middle_of_a_record_is_replaced_and_the_task_goes_on()
    {
        var streams = 0;
        await using var master = new ScriptedMaster(async request =>
        {
            var call = Note(request);
            if (call.Type == Call.Types.Type.Subscribe && ++streams == 2)
            {
                Assert.Equal("f-1", call.FrameworkId.Value);
                await request.OpenStreamAsync("stream-2");
                await request.DribbleAsync(Subscribed(), Update("a", TaskState.TaskRunning, 1), Update("a", TaskState.TaskFinished, 2));
                return;
            }

            await AnswerAsync(request, call);
            if (call.Type == Call.Types.Type.Accept)
            {
                var stream = await _stream.Task;
                await stream.WriteAsync("1\r\n9\r\n");
                stream.HangUp();
            }
        });

        Assert.Equal(ExecutionOutcome.Succeeded, await RunAsync(master));

        Assert.Single(_reports.OfType<ExecutionReport.ConnectionLost>());
        Assert.Equal("a", Assert.Single(_calls, call => call.Type == Call.Types.Type.Reconcile).Reconcile.Tasks.Single().TaskId.Value);
        Assert.Null(master.Trouble);
    }

    [Fact]
    public async Task A_call_refused_for_an_old_stream_brings_a_new_subscription()
    {
        var streams = 0;
        await using var master = new ScriptedMaster(async request =>
        {
            var call = Note(request);
            if (call.Type == Call.Types.Type.Subscribe)
            {
                await request.OpenStreamAsync($"stream-{++streams}");
                await request.DribbleAsync(Subscribed(), streams == 1 ? Offers("o1 agent-1 cpus:1;mem:128") : Update("a", TaskState.TaskFinished, 1));
            }
            else if (streams == 1)
            {
                await request.AnswerAsync("400 Bad Request", "Framework cannot be found");
            }
            else
            {
                await request.AcceptAsync();
            }
        });

        Assert.Equal(ExecutionOutcome.Succeeded, await RunAsync(master));
        Assert.Equal(2, streams);
    }

    [Fact]
    public async Task The_credential_goes_with_every_call()
    {
        await using var master = new ScriptedMaster(async request =>
        {
            Assert.Equal("Basic dGVzdDpzM2NyZXQ=", request.Header("Authorization"));
            await OneTaskAsync(request, TaskState.TaskFinished);
        });

        Assert.Equal(ExecutionOutcome.Succeeded, await RunAsync(master, credential: new NetworkCredential("test", "s3cret")));
        Assert.Null(master.Trouble);
    }

    [Theory]
    [InlineData("401 Unauthorized", "401 Unauthorized.")]
    [InlineData("400 Bad Request", "Failed to validate scheduler::Call: Expecting 'type' to be present")]
    public async Task What_the_master_would_refuse_again_is_not_tried_again(string status, string text)
    {
        await using var master = new ScriptedMaster(request => request.AnswerAsync(status, text));

        Assert.Equal(ExecutionOutcome.MasterUnavailable, await RunAsync(master));
        Assert.Contains(text, Assert.Single(_reports.OfType<ExecutionReport.GaveUp>()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_that_is_not_ready_is_asked_again()
    {
        var asked = 0;
        await using var master = new ScriptedMaster(request => ++asked == 1
            ? request.AnswerAsync("503 Service Unavailable", "Master has not finished recovery")
            : OneTaskAsync(request, TaskState.TaskFailed));

        Assert.Equal(ExecutionOutcome.TaskFailed, await RunAsync(master));
    }

    [Fact]
    public async Task A_stream_that_is_not_recordio_is_given_up()
    {
        await using var master = new ScriptedMaster(async request =>
        {
            await request.OpenStreamAsync("stream-1");
            await request.WriteAsync("5\r\nhello\r\n");
            await request.WriteAsync("14\r\nnot a record at all!\r\n");
        });

        using var stop = new CancellationTokenSource();
        _reported = report =>
        {
            if (report is ExecutionReport.ConnectionLost)
            {
                stop.Cancel();
            }
        };
        await RunAsync(master, stop: stop);
        Assert.Contains("not an event", _reports.OfType<ExecutionReport.ConnectionLost>().First().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_tears_down_and_ends()
    {
        using var stop = new CancellationTokenSource();
        await using var master = new ScriptedMaster(async request =>
        {
            var call = Note(request);
            await AnswerAsync(request, call);
            if (call.Type == Call.Types.Type.Accept)
            {
                await stop.CancelAsync();
            }
        });

        Assert.Equal(ExecutionOutcome.Interrupted, await RunAsync(master, stop: stop));
        Assert.Equal(Call.Types.Type.Teardown, _calls.Last().Type);
    }

    /// <summary>One offer; the task that is launched runs and ends.</summary>
    private async Task OneTaskAsync(ScriptedRequest request, TaskState end)
    {
        var call = Note(request);
        await AnswerAsync(request, call);
        if (call.Type == Call.Types.Type.Accept)
        {
            var stream = await _stream.Task;
            await stream.DribbleAsync(Update("a", TaskState.TaskRunning, 1), Update("a", end, 2));
        }
    }

    private async Task AnswerAsync(ScriptedRequest request, Call call)
    {
        if (call.Type == Call.Types.Type.Subscribe)
        {
            await request.OpenStreamAsync("stream-1");
            await request.DribbleAsync(Subscribed(), Heartbeat(), Offers("o1 agent-1 cpus:1;mem:128"));
            _stream.TrySetResult(request);
        }
        else
        {
            await request.AcceptAsync();
        }
    }

    private Call Note(ScriptedRequest request)
    {
        _calls.Enqueue(request.Call);
        return request.Call;
    }

    private async Task<ExecutionOutcome> RunAsync(
        ScriptedMaster master,
        NetworkCredential? credential = null,
        TimeSpan? connectTimeout = null,
        CancellationTokenSource? stop = null,
        WireFormat format = WireFormat.Protobuf)
    {
        var framework = new FrameworkInfo { Name = "test", User = "me" };
        var plan = new ExecutionPlan(framework, [Command("a")], Timeout: Deadline, connectTimeout ?? Deadline);
        using var client = new SchedulerClient(new SchedulerClientOptions([master.Address], format, credential));
        var runner = new ExecutionRunner(client, TimeProvider.System, report =>
        {
            _reports.Enqueue(report);
            _reported(report);
        });
        return await runner.RunAsync(new Execution(plan, new Random(1)), stop?.Token ?? TestContext.Current.CancellationToken).WaitAsync(Deadline * 2, TestContext.Current.CancellationToken);
    }
}
