using System.Text.Json.Nodes;
using System.Threading.Channels;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>
/// Tells the API server how Pods are. Only the newest status of a Pod is written, and one call at a time for each Pod; a
/// deletion is confirmed after the last status has arrived. Thread-safe.
/// </summary>
internal sealed class StatusWriter(IKubernetes kubernetes, Backoff backoff, TimeProvider clock, ILogger logger)
{
    private const int Writers = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = [];

    /// <summary>Has each Pod at most once, so it is bounded by the Pods there are.</summary>
    private readonly Channel<Entry> _due = Channel.CreateUnbounded<Entry>();

    /// <param name="status">JSON of a V1PodStatus.</param>
    public void Report(V1Pod pod, byte[] status) => Add(pod, new Write(status, ConfirmsDeletion: false));

    public void ConfirmDeletion(V1Pod pod) => Add(pod, new Write(null, ConfirmsDeletion: true));

    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => WriteAllAsync(cancellationToken)));

    private void Add(V1Pod pod, Write write)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(pod.Uid(), out var entry))
            {
                entry = new Entry(pod.Name(), pod.Namespace(), pod.Uid());
                _entries.Add(entry.Uid, entry);
                _due.Writer.TryWrite(entry);
            }

            entry.Pending = write.After(entry.Pending);
        }
    }

    private async Task WriteAllAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var entry = await _due.Reader.ReadAsync(cancellationToken);
            await WriteAsync(entry, cancellationToken);
        }
    }

    private async Task WriteAsync(Entry entry, CancellationToken cancellationToken)
    {
        while (Take(entry) is { } write)
        {
            if (await TryWriteAsync(entry, write, cancellationToken))
            {
                entry.Failures = 0;
                continue;
            }

            GiveBack(entry, write);
            _ = QueueLaterAsync(entry, backoff.After(entry.Failures), cancellationToken);
            return;
        }
    }

    private Write? Take(Entry entry)
    {
        lock (_gate)
        {
            var write = entry.Pending;
            entry.Pending = null;
            if (write is null)
            {
                _entries.Remove(entry.Uid);
            }

            return write;
        }
    }

    private void GiveBack(Entry entry, Write write)
    {
        lock (_gate)
        {
            entry.Pending = entry.Pending?.After(write) ?? write;
        }
    }

    private async Task QueueLaterAsync(Entry entry, TimeSpan delay, CancellationToken cancellationToken)
    {
        await Task.Delay(delay, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _due.Writer.TryWrite(entry);
    }

    /// <returns>False if it is worth trying again.</returns>
    private async Task<bool> TryWriteAsync(Entry entry, Write write, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(entry, write, cancellationToken);
            return true;
        }
        catch (KubernetesException e) when (e.StatusCode == 404 || IsOther(e))
        {
            // The Pod is gone, or its name is another Pod's by now.
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Cut off from the API server: kept for when it is back.
            return false;
        }
        catch (Exception e) when (e.IsTransient() || e is KubernetesException { StatusCode: 409 })
        {
            entry.Failures++;
            logger.StatusNotWritten(entry.Namespace, entry.Name, backoff.After(entry.Failures), e);
            return false;
        }
        catch (KubernetesException e)
        {
            logger.StatusRefused(entry.Namespace, entry.Name, e);
            return true;
        }
    }

    /// <summary>A conflict about the uid is final; any other is a race that somebody else has won this time.</summary>
    private static bool IsOther(KubernetesException e) =>
        e.StatusCode == 409 && e.Message.Contains("UID", StringComparison.OrdinalIgnoreCase);

    private async Task WriteAsync(Entry entry, Write write, CancellationToken cancellationToken)
    {
        if (write.Status is not null)
        {
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject { ["uid"] = entry.Uid },
                ["status"] = JsonNode.Parse(write.Status),
            };
            await kubernetes.PatchAsync<V1Pod>(V1Patch.Merge(patch), entry.Name, entry.Namespace, "status", cancellationToken);
        }

        if (write.ConfirmsDeletion)
        {
            var now = new V1DeleteOptions { GracePeriodSeconds = 0, Preconditions = new V1Preconditions { Uid = entry.Uid } };
            await kubernetes.DeleteAsync<V1Pod>(entry.Name, entry.Namespace, now, cancellationToken);
        }
    }

    private sealed record Write(byte[]? Status, bool ConfirmsDeletion)
    {
        public Write After(Write? earlier) => new(Status ?? earlier?.Status, ConfirmsDeletion || earlier?.ConfirmsDeletion == true);
    }

    private sealed class Entry(string name, string? namespaceName, string uid)
    {
        public string Name => name;

        public string? Namespace => namespaceName;

        public string Uid => uid;

        public Write? Pending { get; set; }

        /// <summary>Touched by the one writer that has the entry.</summary>
        public int Failures { get; set; }
    }
}
