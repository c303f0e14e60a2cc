using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>
/// Makes what a Pod needs besides itself. Secrets come before their Pod, so that no Pod is ever without a value that nobody else has; a
/// Secret says that it has no owner yet until the Pod is there to own it. One whose bridge died in between has the Pod found for it by the
/// next, or is taken away: <see cref="Recovery.LeftSecrets"/>.
/// </summary>
/// <param name="term">The id of the master of this leadership.</param>
internal sealed class PodCompanions(IKubernetes kubernetes, FrameworkCatalog frameworks, string term)
{
    /// <summary>Makes all that must be there before the Pod.</summary>
    /// <returns>The Secrets that await the Pod.</returns>
    /// <exception cref="KubernetesException">One of them cannot be; if it never can, none of the Secrets is left.</exception>
    public async Task<IReadOnlyList<V1Secret>> PrepareAsync(PodPlan.Made plan, FrameworkId framework, CancellationToken cancellationToken)
    {
        foreach (var claim in plan.Claims)
        {
            await MakeIfMissingAsync(claim, cancellationToken);
        }

        var made = new List<V1Secret>();
        try
        {
            foreach (var secret in plan.Secrets)
            {
                secret.Metadata.Labels![TaskMarks.Unowned] = term;
                secret.Metadata.OwnerReferences = OwnersOf(framework, secret.Namespace());
                if (await MakeAsync(secret, plan.Pod, cancellationToken) is { } awaiting)
                {
                    made.Add(awaiting);
                }
            }
        }
        catch (KubernetesException refusal) when (!PodQueue.Passes(refusal))
        {
            await DiscardAsync(made, cancellationToken); // What passes is tried again, and finds them.
            throw;
        }

        return made;
    }

    /// <summary>There will be no Pod.</summary>
    public async Task DiscardAsync(IEnumerable<V1Secret> awaiting, CancellationToken cancellationToken)
    {
        foreach (var secret in awaiting)
        {
            await DeleteAsync(secret, cancellationToken);
        }
    }

    /// <summary>Makes the Pod the owner of its Secrets, and what it needs for others to find it.</summary>
    public async Task CompleteAsync(TaskPod found, PodPlan.Made plan, IEnumerable<V1Secret> awaiting, CancellationToken cancellationToken)
    {
        foreach (var secret in awaiting)
        {
            await AdoptAsync(kubernetes, secret, found.Pod, cancellationToken);
        }

        foreach (var service in plan.Services)
        {
            service.Metadata.OwnerReferences = OwnersOf(found.Tasks.FrameworkId, service.Namespace());
            await MakeIfMissingAsync(service, cancellationToken);
        }
    }

    /// <summary>From now on the Secret goes when the Pod goes.</summary>
    public static Task<V1Secret> AdoptAsync(IKubernetes kubernetes, V1Secret secret, V1Pod pod, CancellationToken cancellationToken)
    {
        var owner = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = pod.Name(), ["uid"] = pod.Uid() };
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = secret.Uid(), ["ownerReferences"] = new JsonArray(owner), ["labels"] = new JsonObject { [TaskMarks.Unowned] = null },
            },
        };
        return kubernetes.PatchAsync<V1Secret>(V1Patch.Merge(patch), secret.Name(), secret.Namespace(), cancellationToken: cancellationToken);
    }

    /// <summary>What stays as long as its framework's resource, because other tasks may use it, or because nobody else owns it.</summary>
    private List<V1OwnerReference>? OwnersOf(FrameworkId framework, string? space) =>
        frameworks.ResourceOf(framework) is { } resource && resource.Namespace() == space
            ? [new V1OwnerReference { ApiVersion = "mesosbridge.io/v1alpha1", Kind = "MesosFramework", Name = resource.Name(), Uid = resource.Uid() }]
            : null;

    /// <returns>Null if the Pod has it already, or is none of ours.</returns>
    private async Task<V1Secret?> MakeAsync(V1Secret secret, V1Pod pod, CancellationToken cancellationToken)
    {
        try
        {
            return await kubernetes.CreateAsync(secret, cancellationToken);
        }
        catch (KubernetesException taken) when (taken.IsAlreadyExists)
        {
            var existing = await kubernetes.GetAsync<V1Secret>(secret.Name(), secret.Namespace(), cancellationToken);
            if (existing.GetLabel(TaskMarks.ManagedBy) != TaskMarks.Manager)
            {
                throw;
            }

            return await ReplaceAsync(existing, secret, pod, cancellationToken);
        }
    }

    /// <summary>It is this launch's own, made by an attempt whose answer was lost; or an earlier launch of the same task has left it.</summary>
    private async Task<V1Secret?> ReplaceAsync(V1Secret existing, V1Secret secret, V1Pod pod, CancellationToken cancellationToken)
    {
        if (existing.GetLabel(TaskMarks.Unowned) == term && IsSame(existing, secret))
        {
            return existing;
        }

        if (await FindAsync<V1Pod>(pod, cancellationToken) is { } there && !(PodTasks.IsOurs(there) && PodTasks.IsReleased(there)))
        {
            return existing.GetLabel(TaskMarks.Unowned) is not null && IsSame(existing, secret) ? existing : null;
        }

        await DeleteAsync(existing, cancellationToken);
        return await kubernetes.CreateAsync(secret, cancellationToken);
    }

    private static bool IsSame(V1Secret existing, V1Secret wanted) =>
        existing.Data?.Count == wanted.Data!.Count
        && wanted.Data.All(item => existing.Data.TryGetValue(item.Key, out var value) && value.AsSpan().SequenceEqual(item.Value));

    private async Task MakeIfMissingAsync<T>(T wanted, CancellationToken cancellationToken)
        where T : IKubernetesObject
    {
        try
        {
            await kubernetes.CreateAsync(wanted, cancellationToken);
        }
        catch (KubernetesException exists) when (exists.IsAlreadyExists)
        {
            // Made with an earlier task, or somebody's own for the same purpose.
        }
    }

    private async Task<T?> FindAsync<T>(T named, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        try
        {
            return await kubernetes.GetAsync<T>(named.Name(), named.Namespace(), cancellationToken);
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            return null;
        }
    }

    private async Task DeleteAsync(V1Secret secret, CancellationToken cancellationToken)
    {
        try
        {
            var options = new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = secret.Uid() } };
            await kubernetes.DeleteAsync<V1Secret>(secret.Name(), secret.Namespace(), options, cancellationToken);
        }
        catch (KubernetesException gone) when (gone.StatusCode is 404 or 409)
        {
            // That Secret is no more.
        }
    }
}
