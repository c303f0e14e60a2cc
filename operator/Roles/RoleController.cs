using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Queue;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Roles;

/// <summary>
/// Keeps <see cref="V1Alpha1MesosRole"/> and the master of one mind: what is specified becomes weights and quotas, what roles have
/// becomes status. Level-triggered; writes only what has changed.
/// </summary>
internal sealed class RoleController(
    IKubernetes kubernetes,
    Informer<V1Alpha1MesosRole> informer,
    IMasterInbox inbox,
    EventRecorder events,
    KubernetesJson json,
    Func<string, RoleFigures> figures,
    TimeProvider clock,
    Random random,
    ILogger log) : IDisposable
{
    private readonly WorkQueue<string> _queue = new(new WorkQueueOptions { Workers = 2, LongestDelay = TimeSpan.FromSeconds(30) }, clock, random, log);
    private readonly SemaphoreSlim _telling = new(1);
    private IReadOnlyList<RolePolicy> _told = [];
    private IDisposable? _following;
    private volatile bool _ended;

    public void Dispose()
    {
        _ended = true;
        _following?.Dispose();
        _queue.Dispose();
    }

    /// <summary>Tells the master what holds, once the informer has synced, and every change from then on. To be called once.</summary>
    public Task RecoverAsync(CancellationToken cancellationToken)
    {
        _following = informer.Follow(HandleAsync);
        return TellAsync(cancellationToken);
    }

    /// <param name="lookEvery">Between two looks at the figures.</param>
    public async Task RunAsync(TimeSpan lookEvery, CancellationToken cancellationToken)
    {
        using var timer = clock.CreateTimer(_ => LookAtAll(), null, lookEvery, lookEvery);
        LookAtAll();
        await _queue.RunAsync(ReconcileAsync, cancellationToken);
    }

    private async ValueTask HandleAsync(InformerEvent<V1Alpha1MesosRole> happened, CancellationToken cancellationToken)
    {
        if (!_ended && IsOfSpec(happened))
        {
            await TellAsync(cancellationToken);
            LookAtAll(); // Another may count now.
        }
    }

    private static bool IsOfSpec(InformerEvent<V1Alpha1MesosRole> happened) => happened switch
    {
        InformerEvent<V1Alpha1MesosRole>.Relisted => false,
        InformerEvent<V1Alpha1MesosRole>.Updated updated =>
            updated.Previous.Metadata.Generation != updated.Object.Metadata.Generation || updated.Previous.IsDeleting() != updated.Object.IsDeleting(),
        _ => true,
    };

    private void LookAtAll()
    {
        foreach (var key in informer.Current.Keys)
        {
            _queue.Add(key.Name);
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        await _telling.WaitAsync(cancellationToken); // The newest must be told last.
        try
        {
            var policies = RoleSpecs.Policies(informer.Current.Objects);
            if (!AreEqual(_told, policies))
            {
                _told = policies;
                log.RolesReplaced(policies.Length);
                await inbox.PostAsync(new MasterInput.RolesReplaced(policies), cancellationToken);
            }
        }
        finally
        {
            _telling.Release();
        }
    }

    private async Task<WorkResult> ReconcileAsync(string name, CancellationToken cancellationToken)
    {
        if (informer.Current.Find(null, name) is not { } resource || resource.IsDeleting())
        {
            return WorkResult.Done;
        }

        var precedence = RoleSpecs.Precedence(resource, informer.Current.Objects);
        var status = RoleStatuses.Of(resource, precedence, figures(RoleSpecs.RoleOf(resource)), clock.GetUtcNow());
        var text = json.Serialize(status);
        if (resource.Status is { } present && json.Serialize(present) == text)
        {
            return WorkResult.Done;
        }

        try
        {
            await kubernetes.PatchAsync<V1Alpha1MesosRole>(StatusPatch.Of(text), name, null, StatusPatch.Subresource, cancellationToken);
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            return WorkResult.Done;
        }

        TellAcceptance(resource, status);
        return WorkResult.Done;
    }

    private void TellAcceptance(V1Alpha1MesosRole resource, V1Alpha1MesosRoleStatus status)
    {
        var accepted = status.Conditions![0];
        var before = resource.Status?.Conditions?.FirstOrDefault(condition => condition.Type == accepted.Type);
        if (before?.Status != accepted.Status || (accepted.Status == "False" && before?.Message != accepted.Message))
        {
            events.Record(resource.ToReference(), accepted.Status == "True" ? "Normal" : "Warning", accepted.Reason!, accepted.Message!);
        }
    }

    /// <summary>By value, which records with collections are not by themselves.</summary>
    private static bool AreEqual(IReadOnlyList<RolePolicy> a, IReadOnlyList<RolePolicy> b) =>
        a.Count == b.Count && a.Zip(b).All(pair =>
            pair.First.Role == pair.Second.Role && pair.First.Weight.Equals(pair.Second.Weight)
            && pair.First.Guarantees.SequenceEqual(pair.Second.Guarantees) && pair.First.Limits.SequenceEqual(pair.Second.Limits));
}
