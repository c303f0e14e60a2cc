using System.Collections.Concurrent;
using System.Diagnostics;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Kubernetes.Queue;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Something that was there and is not seen any more, or not as it should be. What a watch or a list leaves out is not enough to call it gone.</summary>
internal abstract record Doubt
{
    private Doubt()
    {
    }

    public sealed record Node(string Name, string Uid) : Doubt;

    public sealed record Pod(ObjectKey Key, string Uid) : Doubt;

    /// <summary>A Pod that is seen, and of which nobody has told the end in time: unless it is only that nothing new is seen.</summary>
    public sealed record End(ObjectKey Key, string Uid) : Doubt;
}

/// <summary>What the API server said to our face.</summary>
/// <param name="Found">The object that was doubted, and is there all the same; null: it is gone.</param>
internal sealed record Finding(Doubt Doubt, IKubernetesObject? Found);

/// <summary>
/// Asks the API server for what is not seen any more, by name, a few at a time. Only 404 or another uid is an answer that something is
/// gone; an error, whichever, is none, and the question is asked again with a growing wait.
/// </summary>
/// <param name="isSeen">The informer has it again, so that there is nothing to be asked.</param>
/// <param name="tell">Must return at once.</param>
internal sealed class Confirmations(
    IKubernetes kubernetes, Func<Doubt, bool> isSeen, Action<Finding> tell, TimeProvider clock, Random random, ILogger log) : IDisposable
{
    /// <summary>Questions under way: ten thousand that arise at once are answered in seconds, and are no burden.</summary>
    private const int AtATime = 8;

    private readonly WorkQueue<Doubt> _queue = new(new WorkQueueOptions { Workers = AtATime }, clock, random, log);
    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), random);
    private readonly ConcurrentDictionary<Doubt, int> _tries = new();
    private int _unclear;

    /// <summary>Questions that wait for an answer.</summary>
    public int Count => _queue.Count;

    public void Ask(Doubt doubt) => _queue.Add(doubt);

    public Task RunAsync(CancellationToken cancellationToken) => _queue.RunAsync(AskAsync, cancellationToken);

    public void Dispose() => _queue.Dispose();

    private async Task<WorkResult> AskAsync(Doubt doubt, CancellationToken cancellationToken)
    {
        if (isSeen(doubt))
        {
            _tries.TryRemove(doubt, out _);
            return WorkResult.Done;
        }

        try
        {
            var found = await FindAsync(doubt, cancellationToken);
            Clear();
            tell(new Finding(doubt, found));
            if (found is null || doubt is Doubt.End)
            {
                _tries.TryRemove(doubt, out _);
                return WorkResult.Done;
            }
        }
        catch (Exception unclear) when (!cancellationToken.IsCancellationRequested && (unclear is KubernetesException || PodQueue.Passes(unclear)))
        {
            Unclear(doubt, unclear.Message);
        }

        return WorkResult.RequeueAfter(_backoff.After(_tries.AddOrUpdate(doubt, 1, (_, tries) => tries + 1)));
    }

    private async Task<IKubernetesObject?> FindAsync(Doubt doubt, CancellationToken cancellationToken) => doubt switch
    {
        Doubt.Node node => await GetAsync<V1Node>(node.Name, null, node.Uid, cancellationToken),
        Doubt.Pod pod => await GetAsync<V1Pod>(pod.Key.Name, pod.Key.Namespace, pod.Uid, cancellationToken),
        Doubt.End end => await GetAsync<V1Pod>(end.Key.Name, end.Key.Namespace, end.Uid, cancellationToken),
        _ => throw new UnreachableException(doubt.GetType().Name),
    };

    private async Task<T?> GetAsync<T>(string name, string? @namespace, string uid, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        try
        {
            var found = await kubernetes.GetAsync<T>(name, @namespace, cancellationToken);
            return found.Uid() == uid ? found : null;
        }
        catch (KubernetesException missing) when (missing.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>One line for a bad time, not one for each question.</summary>
    private void Unclear(Doubt doubt, string message)
    {
        if (Interlocked.Exchange(ref _unclear, 1) == 0)
        {
            log.Unclear(doubt, _queue.Count + 1, message);
        }
    }

    private void Clear()
    {
        if (Interlocked.Exchange(ref _unclear, 0) == 1)
        {
            log.ClearAgain(_queue.Count);
        }
    }
}
