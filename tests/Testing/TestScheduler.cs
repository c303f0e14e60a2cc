using System.Net;
using System.Threading.Channels;
using MesosK8sBridge.Operator;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using Task = System.Threading.Tasks.Task;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Testing;

/// <summary>A framework's side of the conversation, over real HTTP, as the test speaks it.</summary>
public sealed class TestScheduler : IAsyncDisposable
{
    private readonly SchedulerClient _client;
    private readonly SchedulerStream _stream;
    private readonly CancellationToken _deadline;
    private readonly CancellationTokenSource _closing = new();
    private readonly Channel<Event> _events = Channel.CreateUnbounded<Event>();
    private readonly Task _reading;

    private TestScheduler(SchedulerClient client, SchedulerStream stream, CancellationToken deadline)
    {
        (_client, _stream, _deadline) = (client, stream, deadline);
        _reading = ReadAsync();
    }

    public FrameworkID Id { get; private set; } = new();

    public MasterInfo Master { get; private set; } = new();

    public static async Task<TestScheduler> SubscribeAsync(IPEndPoint bridge, FrameworkInfo framework, CancellationToken deadline, NetworkCredential? credential = null)
    {
        var client = new SchedulerClient(new SchedulerClientOptions([new HostPort(bridge.Address.ToString(), bridge.Port)], WireFormat.Json, credential));
        var scheduler = new TestScheduler(client, await client.SubscribeAsync(Calls.Subscribe(framework), deadline), deadline);
        var first = await scheduler.NextAsync(e => e.Type is Event.Types.Type.Subscribed or Event.Types.Type.Error);
        if (first.Type == Event.Types.Type.Error)
        {
            await scheduler.DisposeAsync();
            throw new InvalidOperationException(first.Error.Message);
        }

        (scheduler.Id, scheduler.Master) = (first.Subscribed.FrameworkId, first.Subscribed.MasterInfo);
        return scheduler;
    }

    /// <summary>The next event that fits; those before it are dropped.</summary>
    public async Task<Event> NextAsync(Func<Event, bool> fits)
    {
        while (true)
        {
            var next = await _events.Reader.ReadAsync(_deadline);
            if (fits(next))
            {
                return next;
            }
        }
    }

    public async Task<Offer> OfferAsync(string hostname = "a-node.example") =>
        (await NextAsync(e => e.Type == Event.Types.Type.Offers && e.Offers.Offers_.Any(o => o.Hostname == hostname))).Offers.Offers_.First(o => o.Hostname == hostname);

    /// <summary>The first offer of the default node that fits. Those before it are declined.</summary>
    public async Task<Offer> NextOfferAsync(Func<Offer, bool> fits)
    {
        while (true)
        {
            var offer = await OfferAsync();
            if (fits(offer))
            {
                return offer;
            }

            await DeclineAsync(offer);
        }
    }

    /// <summary>It may be offered again at once.</summary>
    public Task DeclineAsync(Offer offer) => SendAsync(Calls.Decline(Id, [offer.Id], TimeSpan.Zero));

    public async Task<TaskStatus> UpdateAsync() => (await NextAsync(e => e.Type == Event.Types.Type.Update)).Update.Status;

    /// <summary>Updates, each acknowledged, up to the first with this state.</summary>
    public async Task<IReadOnlyList<TaskStatus>> AcknowledgedUntilAsync(TaskState state)
    {
        var updates = new List<TaskStatus>();
        do
        {
            updates.Add(await AcknowledgedAsync());
        }
        while (updates[^1].State != state);

        return updates;
    }

    /// <summary>The next update, acknowledged.</summary>
    public async Task<TaskStatus> AcknowledgedAsync()
    {
        var status = await UpdateAsync();
        if (status.HasUuid)
        {
            await SendAsync(Calls.Acknowledge(Id, status));
        }

        return status;
    }

    public Task LaunchAsync(Offer offer, params TaskInfo[] tasks) => SendAsync(Calls.Accept(
        Id, offer, [new Offer.Types.Operation { Type = Offer.Types.Operation.Types.Type.Launch, Launch = new() { TaskInfos = { tasks } } }]));

    public Task LaunchGroupAsync(Offer offer, params TaskInfo[] tasks) => SendAsync(Calls.Accept(
        Id,
        offer,
        [
            new Offer.Types.Operation
            {
                Type = Offer.Types.Operation.Types.Type.LaunchGroup,
                LaunchGroup = new()
                {
                    Executor = new ExecutorInfo
                    {
                        Type = ExecutorInfo.Types.Type.Default,
                        ExecutorId = new ExecutorID { Value = "default" },
                        FrameworkId = Id,
                        Resources = { Scalar("cpus", 0.1), Scalar("mem", 32), Scalar("disk", 32) },
                    },
                    TaskGroup = new TaskGroupInfo { Tasks = { tasks } },
                },
            },
        ]));

    public Task KillAsync(string task) => SendAsync(new Call { FrameworkId = Id, Type = Call.Types.Type.Kill, Kill = new() { TaskId = new TaskID { Value = task } } });

    public Task SendAsync(Call call) => _client.SendAsync(_stream, call, _deadline);

    public static TaskInfo Task(Offer offer, string id) => new()
    {
        Name = id,
        TaskId = new TaskID { Value = id },
        AgentId = offer.AgentId,
        Command = new CommandInfo { Value = "sleep 1000" },
        Resources =
        {
            Scalar("cpus", 0.5),
            Scalar("mem", 64),
        },
    };

    private static Resource Scalar(string name, double amount) =>
        new() { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount } };

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _reading;
        await _stream.DisposeAsync();
        _client.Dispose();
        _closing.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var next in _stream.ReadAsync(_closing.Token))
            {
                _events.Writer.TryWrite(next);
            }

            _events.Writer.TryComplete();
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or HttpRequestException or SchedulerException)
        {
            _events.Writer.TryComplete(end);
        }
    }
}
