using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>Reads what <see cref="ContainerLog"/> wrote, as <c>kubectl logs</c> wants to see it.</summary>
internal static class ContainerLogReader
{
    /// <param name="now">From which <see cref="PodLogOptions.Since"/> counts back.</param>
    /// <param name="live">The log that is still written, if any: only such a log can be followed.</param>
    /// <returns>One piece a line. Ends at once after the last line, or with <see cref="PodLogOptions.Follow"/> when the container ends.</returns>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        string path, ContainerLog? live, PodLogOptions query, DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var lines = new LogLines(path, live);
        DateTimeOffset? since = query.Since is { } age ? now - age : null;
        var budget = query.LimitBytes ?? long.MaxValue;
        foreach (var line in lines.Tail(query.TailLines).Concat(lines.Rest()))
        {
            if (Render(line, query.Timestamps, since) is not { } text)
            {
                continue;
            }

            yield return Limit(text, ref budget);
            if (budget <= 0)
            {
                yield break;
            }
        }

        while (query.Follow && live is not null)
        {
            // Asked for before the file is read again, so that nothing written in between is missed.
            var changed = live.Changed;
            var complete = live.IsComplete;
            foreach (var line in lines.Rest())
            {
                if (Render(line, query.Timestamps, since) is { } text)
                {
                    yield return Limit(text, ref budget);
                }

                if (budget <= 0)
                {
                    yield break;
                }
            }

            if (complete)
            {
                yield break;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static ReadOnlyMemory<byte> Limit(byte[] text, ref long budget)
    {
        var length = (int)Math.Min(text.Length, budget);
        budget -= length;
        return text.AsMemory(0, length);
    }

    /// <returns>Null for a line older than asked for.</returns>
    private static byte[]? Render(byte[] entry, bool timestamps, DateTimeOffset? since)
    {
        var time = entry.AsSpan().IndexOf((byte)' ');
        var stream = time + 1 + entry.AsSpan(time + 1).IndexOf((byte)' ');
        var whole = entry[stream + 1] == (byte)'F';
        if (since is { } oldest && TimeOf(entry.AsSpan(0, time)) < oldest)
        {
            return null;
        }

        var text = entry.AsSpan(stream + 3, entry.Length - stream - (whole ? 3 : 4));
        return timestamps ? [.. entry.AsSpan(0, time + 1), .. text] : text.ToArray();
    }

    private static DateTimeOffset TimeOf(ReadOnlySpan<byte> text) =>
        DateTimeOffset.Parse(Encoding.ASCII.GetString(text[..^3]) + "Z", CultureInfo.InvariantCulture);
}
