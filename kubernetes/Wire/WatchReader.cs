using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Wire;

/// <summary>Reads a watch: <c>{"type":…,"object":…}</c>, one a line, in whatever pieces they arrive.</summary>
internal static class WatchReader
{
    private static readonly StreamPipeReaderOptions Reading = new(bufferSize: 32 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true);

    /// <param name="largest">Longest line, in bytes.</param>
    /// <exception cref="IOException">A line is too long, or the stream ends within one.</exception>
    /// <exception cref="KubernetesException">The server sent an ERROR.</exception>
    public static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(
        Stream stream, KubernetesJson json, int largest, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IKubernetesObject
    {
        var pipe = PipeReader.Create(stream, Reading);
        try
        {
            var searched = 0L;
            while (true)
            {
                var read = await pipe.ReadAsync(cancellationToken);
                var buffer = read.Buffer;
                while (TryTakeLine(ref buffer, ref searched, out var line))
                {
                    Check(line.Length, largest);
                    if (!IsBlank(line))
                    {
                        yield return Parse<T>(line, json);
                    }
                }

                Check(buffer.Length, largest);
                if (read.IsCompleted)
                {
                    if (!IsBlank(buffer))
                    {
                        throw new IOException("The watch was cut in the middle of an event.");
                    }

                    yield break;
                }

                searched = buffer.Length;
                pipe.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    /// <param name="searched">Bytes at the start known to hold no line feed, so that a dribbled line is not searched again and again.</param>
    private static bool TryTakeLine(ref ReadOnlySequence<byte> buffer, ref long searched, out ReadOnlySequence<byte> line)
    {
        var end = buffer.Slice(searched).PositionOf((byte)'\n');
        searched = end is null ? searched : 0;
        if (end is null)
        {
            line = default;
            return false;
        }

        line = buffer.Slice(0, end.Value);
        buffer = buffer.Slice(buffer.GetPosition(1, end.Value));
        return true;
    }

    private static void Check(long length, int largest)
    {
        if (length > largest)
        {
            throw new IOException($"An event of the watch is longer than the {largest} bytes that are accepted.");
        }
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var part in line)
        {
            if (part.Span.IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    private static WatchEvent<T> Parse<T>(ReadOnlySequence<byte> line, KubernetesJson json)
        where T : IKubernetesObject
    {
        var (type, start) = Scan(line);
        var reader = new Utf8JsonReader(line.Slice(start));
        if (type == WatchEventType.Error)
        {
            throw new KubernetesException(JsonSerializer.Deserialize(ref reader, json.TypeInfo<V1Status>()) ?? new());
        }

        var obj = JsonSerializer.Deserialize(ref reader, json.TypeInfo<T>()) ?? throw new JsonException("An event of a watch has no object.");
        return new(type, KubernetesEntity<T>.Named(obj));
    }

    /// <summary>Finds the type, and where the object begins: they may come in either order.</summary>
    private static (WatchEventType Type, long ObjectStart) Scan(ReadOnlySequence<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        WatchEventType? type = null;
        long? start = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isObject = reader.ValueTextEquals("object"u8);
            reader.Read();
            type = isType ? TypeOf(ref reader) : type;
            start = isObject ? reader.TokenStartIndex : start;
            if (type is not null && start is not null)
            {
                return (type.Value, start.Value);
            }

            reader.Skip();
        }

        throw new JsonException("An event of a watch has no type or no object.");
    }

    private static WatchEventType TypeOf(ref Utf8JsonReader reader) =>
        reader.TokenType != JsonTokenType.String ? throw new JsonException("The type of an event of a watch is not a string.")
        : reader.ValueTextEquals("ADDED"u8) ? WatchEventType.Added
        : reader.ValueTextEquals("MODIFIED"u8) ? WatchEventType.Modified
        : reader.ValueTextEquals("DELETED"u8) ? WatchEventType.Deleted
        : reader.ValueTextEquals("BOOKMARK"u8) ? WatchEventType.Bookmark
        : reader.ValueTextEquals("ERROR"u8) ? WatchEventType.Error
        : throw new JsonException("An event of a watch has a type that does not exist.");
}
