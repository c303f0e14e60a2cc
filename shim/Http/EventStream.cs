using System.Threading.Channels;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1.Scheduler;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Shim.Http;

/// <summary>
/// One subscription: events go in at one end from the master's loop, at once, and come out at the other encoded, at the
/// pace the framework reads. Between the two a bounded outbox, for the loop waits for nobody: when it is full the stream is cut.
/// </summary>
internal sealed class EventStream : IDisposable
{
    private readonly Channel<Waiting> _outbox;
    private readonly CancellationTokenSource _cut;
    private readonly ListenerOptions _limits;
    private long _waitingBytes;
    private bool _ended;

    public EventStream(StreamId id, MediaType mediaType, ListenerOptions limits, TimeProvider clock)
    {
        Id = id;
        MediaType = mediaType;
        _limits = limits;
        _cut = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _outbox = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(limits.MaxWaitingEvents) { SingleReader = true });
    }

    public StreamId Id { get; }

    public MediaType MediaType { get; }

    /// <summary>Cancelled when the stream is to break off, whatever still waits.</summary>
    public CancellationToken Cut => _cut.Token;

    public int WaitingEvents => _outbox.Reader.Count;

    public long WaitingBytes => Interlocked.Read(ref _waitingBytes);

    /// <returns>False if the framework reads so slowly that there is no more room; its stream is then cut.</returns>
    /// <remarks>After the end of the stream events vanish, and that is well.</remarks>
    public bool TrySend(Event @event)
    {
        lock (_cut)
        {
            if (_ended)
            {
                return true;
            }

            var waiting = new Waiting(@event, @event.CalculateSize());
            if (Interlocked.Add(ref _waitingBytes, waiting.Size) <= _limits.MaxWaitingBytes && _outbox.Writer.TryWrite(waiting))
            {
                return true;
            }

            EndAfter(TimeSpan.Zero);
            return false;
        }
    }

    /// <summary>Ends the stream after what has been sent; breaks it off if that is not read in time.</summary>
    public void End()
    {
        lock (_cut)
        {
            if (!_ended)
            {
                EndAfter(_limits.DrainTimeout);
            }
        }
    }

    /// <summary>Writes events as they come, until the end of the stream.</summary>
    /// <exception cref="OperationCanceledException">The stream was cut or the framework hung up.</exception>
    public async Task WriteToAsync(HttpResponse response, HttpMetrics metrics, CancellationToken ct)
    {
        using var buffer = new RecordBuffer();
        while (await _outbox.Reader.WaitToReadAsync(ct))
        {
            while (_outbox.Reader.TryRead(out var waiting))
            {
                EventCodec.Write(buffer, waiting.Event, MediaType);
                var flushed = await response.BodyWriter.WriteAsync(buffer.Complete(), ct);
                Interlocked.Add(ref _waitingBytes, -waiting.Size);
                metrics.Sent(waiting.Event);
                if (flushed.IsCompleted)
                {
                    return; // The framework hung up.
                }
            }

            buffer.Release();
        }
    }

    public void Dispose()
    {
        lock (_cut)
        {
            _ended = true;
            _cut.Dispose();
        }
    }

    private void EndAfter(TimeSpan grace)
    {
        _ended = true;
        _outbox.Writer.TryComplete();
        _cut.CancelAfter(grace); // Never at once on this thread, which is the master's.
    }

    private readonly record struct Waiting(Event Event, int Size);
}
