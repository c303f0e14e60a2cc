using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>One subscription's events. Disposing it closes the connection, by which the framework is disconnected.</summary>
internal sealed class SchedulerStream(
    Uri uri, string id, WireFormat format, HttpResponseMessage response, Stream body, int maxEventLength) : IAsyncDisposable
{
    /// <summary>Of the leading master; further calls go there.</summary>
    public Uri Uri { get; } = uri;

    /// <summary>The value of <c>Mesos-Stream-Id</c>.</summary>
    public string Id { get; } = id;

    /// <summary>Until the master ends the stream. To be enumerated once.</summary>
    /// <exception cref="SchedulerException">The connection broke, or what came is not a stream of events.</exception>
    public async IAsyncEnumerable<Event> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pipe = PipeReader.Create(body, new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            var read = await ReadSomeAsync(pipe, cancellationToken);
            var left = read.Buffer;
            while (TakeRecord(ref left) is { } record)
            {
                yield return record;
            }

            pipe.AdvanceTo(left.Start, left.End);
            if (read.IsCompleted)
            {
                yield break;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await body.DisposeAsync();
        response.Dispose();
    }

    private async Task<ReadResult> ReadSomeAsync(PipeReader pipe, CancellationToken cancellationToken)
    {
        try
        {
            return await pipe.ReadAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException)
        {
            throw new SchedulerException($"{Uri.Authority}: {e.InnerException?.Message ?? e.Message}", retry: true);
        }
    }

    private Event? TakeRecord(ref ReadOnlySequence<byte> left)
    {
        try
        {
            return RecordIo.TryRead(ref left, maxEventLength, out var record) ? EventCodec.Decode(record, format) : null;
        }
        catch (Exception e) when (e is RecordIoException or FormatException)
        {
            throw new SchedulerException($"{Uri.Authority} sends what is not an event: {e.Message}", retry: true);
        }
    }
}
