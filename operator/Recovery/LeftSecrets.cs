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
        var wanted = pods.SelectMany(pod => TaskSecrets.MadeFor(pod).Select(name => (Pod: pod, Secret: name))).ToList();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        try
        {
            // Each Secret that lives has its owner before the others go.
            await Parallel.ForEachAsync(wanted, options, async (item, ct) => await RetryAsync(() => AdoptAsync(item.Pod, item.Secret, ct), ct));
            foreach (var space in namespaces)
            {
                await RetryAsync(() => kubernetes.DeleteCollectionAsync<V1Secret>(space, Selector, cancellationToken), cancellationToken);
            }
        }
        catch (KubernetesException refusal)
        {
            log.SecretsNotSettled(refusal.Message);
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
