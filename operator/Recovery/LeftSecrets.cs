using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Pods;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Recovery;

/// <summary>
/// Settles what becomes of Secrets that an earlier leader made for Pods and did not give to them: those whose Pods are there are theirs
/// from now on, the others go. It never reads more of Secrets than those that our Pods name; nor may it.
/// </summary>
/// <param name="term">The id of this leadership's master: what it makes itself is left alone.</param>
internal sealed class LeftSecrets(IKubernetes kubernetes, string term, Backoff backoff, TimeProvider clock, ILogger log)
{
    private const int Parallelism = 8;

    /// <param name="pods">All of ours.</param>
    /// <param name="namespaces">Where there may be more.</param>
    public async Task SettleAsync(IEnumerable<V1Pod> pods, IEnumerable<string> namespaces, CancellationToken cancellationToken)
    {
        var wanted = pods.SelectMany(pod => TaskSecrets.MadeFor(pod).Select(name => (Pod: pod, Secret: name)))
            .ToLookup(item => item.Pod.Namespace() ?? "", StringComparer.Ordinal);
        foreach (var space in wanted.Select(item => item.Key).Union(namespaces, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList())
        {
            await SettleAsync(space, [.. wanted[space]], cancellationToken);
        }
    }

    /// <summary>What is refused in one namespace, where the bridge has no role, says nothing of the others.</summary>
    private async Task SettleAsync(string space, IReadOnlyCollection<(V1Pod Pod, string Secret)> wanted, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        try
        {
            // Each Secret that lives has its owner before the others go.
            await Parallel.ForEachAsync(wanted, options, async (item, ct) => await RetryAsync(() => AdoptAsync(item.Pod, item.Secret, ct), ct));
            await RetryAsync(() => kubernetes.DeleteCollectionAsync<V1Secret>(space, Selector, cancellationToken), cancellationToken);
        }
        catch (KubernetesException refusal) when (wanted.Count > 0 || refusal.StatusCode != 403)
        {
            log.SecretsNotSettled(refusal.Message);
        }
        catch (KubernetesException)
        {
            // Where nothing may be done with Secrets none was made.
        }
    }

    private string Selector => $"{TaskMarks.ManagedBy}={TaskMarks.Manager},{TaskMarks.Unowned},{TaskMarks.Unowned}!={term}";

    private async Task AdoptAsync(V1Pod pod, string name, CancellationToken cancellationToken)
    {
        try
        {
            var secret = await kubernetes.GetAsync<V1Secret>(name, pod.Namespace(), cancellationToken);
            if (secret.GetLabel(TaskMarks.Unowned) is not null)
            {
                await PodCompanions.AdoptAsync(kubernetes, secret, pod, cancellationToken);
                log.SecretAdopted(name, PodKey.Of(pod));
            }
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            // The Pod's containers tell, if they need it still.
        }
    }

    private async Task RetryAsync(Func<Task> act, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await act();
                return;
            }
            catch (Exception failure) when (PodQueue.Passes(failure) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(backoff.After(failures), clock, cancellationToken);
            }
        }
    }
}
