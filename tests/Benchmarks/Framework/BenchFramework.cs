using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Operator;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using Task = System.Threading.Tasks.Task;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Benchmarks.Framework;

/// <param name="At">When it was read from the stream.</param>
internal readonly record struct Heard(TaskStatus Status, long At);

/// <summary>
/// A framework as others write them: one stream, calls over HTTP, every update acknowledged. Anything that goes wrong with a
/// task ends the benchmark: a rate of refusals is nobody's figure.
/// </summary>
internal sealed class BenchFramework : IAsyncDisposable
{
    private const int Acknowledgers = 16;

    private readonly SchedulerClient _client;
    private readonly SchedulerStream _stream;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, byte> _outstanding = new();
    private readonly Channel<Offer> _offers = Channel.CreateUnbounded<Offer>(); // Never more than the agents there are.
    private readonly Channel<Call> _acknowledgements = Channel.CreateBounded<Call>(100_000);
    private readonly TaskCompletionSource<FrameworkID> _id = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<Heard> _heard;
    private readonly Task _running;

    private BenchFramework(SchedulerClient client, SchedulerStream stream, Action<Heard> heard)
    {
        (_client, _stream, _heard) = (client, stream, heard);
        _running = Task.WhenAll(Enumerable.Range(0, Acknowledgers).Select(_ => GuardAsync(AcknowledgeAsync)).Append(GuardAsync(ReadAsync)));
    }

    public FrameworkID Id => _id.Task.Result;

    /// <summary>Offers that nobody has taken yet.</summary>
    public int Offered => _outstanding.Count;

    /// <summary>Completes, with the fault, when something has gone wrong; await it beside what is waited for.</summary>
    public Task Failed => _failed.Task;

    /// <param name="heard">Called for every update, before it is acknowledged, on the thread that reads the stream.</param>
    public static async Task<BenchFramework> SubscribeAsync(
        IPEndPoint bridge, string name, Action<Heard> heard, CancellationToken cancellationToken, WireFormat format = WireFormat.Protobuf)
    {
        var client = new SchedulerClient(new SchedulerClientOptions(
            [new HostPort(bridge.Address.ToString(), bridge.Port)], format, Credential: null) { CallTimeout = TimeSpan.FromSeconds(60) });
        try
        {
            var info = new FrameworkInfo { User = "bench", Name = name, Roles = { "bench" }, FailoverTimeout = 600 };
            info.Capabilities.Add(new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.MultiRole });
            info.Capabilities.Add(new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.ReservationRefinement });
            var framework = new BenchFramework(client, await client.SubscribeAsync(Calls.Subscribe(info), cancellationToken), heard);
            await framework._id.Task.WaitAsync(cancellationToken);
            return framework;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>The next offer that has not been rescinded.</summary>
    public async Task<Offer> OfferAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var offer = await _offers.Reader.ReadAsync(cancellationToken);
            if (_outstanding.TryRemove(offer.Id.Value, out _))
            {
                return offer;
            }
        }
    }

    /// <returns>When the call has been answered.</returns>
    public Task AcceptAsync(Offer offer, IEnumerable<TaskInfo> tasks, CancellationToken cancellationToken)
    {
        var launch = new Offer.Types.Operation
        {
            Type = Offer.Types.Operation.Types.Type.Launch,
            Launch = new Offer.Types.Operation.Types.Launch { TaskInfos = { tasks } },
        };
        var call = Calls.Accept(Id, offer, [launch]);
        call.Accept.Filters = new Filters { RefuseSeconds = 0 };
        return _client.SendAsync(_stream, call, cancellationToken);
    }

    public Task DeclineAsync(Offer offer, CancellationToken cancellationToken) =>
        _client.SendAsync(_stream, Calls.Decline(Id, [offer.Id], TimeSpan.Zero), cancellationToken);

    public Task ReviveAsync(CancellationToken cancellationToken) => _client.SendAsync(_stream, Calls.Revive(Id), cancellationToken);

    public Task TeardownAsync(CancellationToken cancellationToken) => _client.SendAsync(_stream, Calls.Teardown(Id), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _stream.DisposeAsync();
        await _running;
        _client.Dispose();
        _stopping.Dispose();
    }

    private async Task ReadAsync()
    {
        await foreach (var happened in _stream.ReadAsync(_stopping.Token))
        {
            switch (happened.Type)
            {
                case Event.Types.Type.Subscribed:
                    _id.TrySetResult(happened.Subscribed.FrameworkId);
                    break;
                case Event.Types.Type.Offers:
                    Note(happened.Offers.Offers_);
                    break;
                case Event.Types.Type.Rescind:
                    _outstanding.TryRemove(happened.Rescind.OfferId.Value, out _);
                    break;
                case Event.Types.Type.Update:
                    await NoteAsync(happened.Update.Status);
                    break;
                case Event.Types.Type.Error:
                    throw new InvalidOperationException($"The bridge says: {happened.Error.Message}");
                default:
                    break;
            }
        }

        if (!_stopping.IsCancellationRequested)
        {
            throw new InvalidOperationException("The bridge ended the stream.");
        }
    }

    private void Note(IEnumerable<Offer> offers)
    {
        foreach (var offer in offers)
        {
            _outstanding.TryAdd(offer.Id.Value, 0);
            _offers.Writer.TryWrite(offer);
        }
    }

    private async Task NoteAsync(TaskStatus status)
    {
        if (status.State is not (TaskState.TaskStaging or TaskState.TaskStarting or TaskState.TaskRunning or TaskState.TaskFinished))
        {
            throw new InvalidOperationException($"Task {status.TaskId.Value} is {status.State}: {status.Message}");
        }

        _heard(new Heard(status, Time.Now));
        if (status.HasUuid)
        {
            await _acknowledgements.Writer.WriteAsync(Calls.Acknowledge(Id, status), _stopping.Token);
        }
    }

    private async Task AcknowledgeAsync()
    {
        await foreach (var call in _acknowledgements.Reader.ReadAllAsync(_stopping.Token))
        {
            await _client.SendAsync(_stream, call, _stopping.Token);
        }
    }

    private async Task GuardAsync(Func<Task> part)
    {
        try
        {
            await Task.Run(part);
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
        catch (Exception fault)
        {
            _id.TrySetException(fault);
            _failed.TrySetException(fault);
        }
    }
}
