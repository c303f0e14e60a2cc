using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Kubernetes.Queue;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Frameworks;

/// <summary>
/// Keeps <see cref="V1Alpha1MesosFramework"/> and the master of one mind: what is specified becomes rules for who may register,
/// what has registered becomes status. Level-triggered; writes only what has changed.
/// </summary>
internal sealed class FrameworkController : IDisposable
{
    /// <summary>Holds a resource whose framework ends with it, until it has ended.</summary>
    public const string Finalizer = "mesosbridge.io/teardown";

    private static readonly TimeSpan LookAfterTeardown = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAfterConflict = TimeSpan.FromMilliseconds(250);

    private readonly IKubernetes _kubernetes;
    private readonly Informer<V1Alpha1MesosFramework> _informer;
    private readonly CredentialWatch _credentials;
    private readonly FrameworkCatalog _catalog;
    private readonly IMasterInbox _inbox;
    private readonly EventRecorder _events;
    private readonly KubernetesJson _json;
    private readonly Func<FrameworkRegistration, FrameworkFigures> _figures;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly WorkQueue<ObjectKey> _queue;
    private readonly SemaphoreSlim _telling = new(1);
    private readonly IDisposable[] _following;

    /// <summary>Of any number of changes one look at all is enough.</summary>
    private readonly Channel<bool> _credentialChanges = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Confirmations of losses that are being remembered. A write whose answer was lost is not seen as a change any more.</summary>
    private readonly ConcurrentDictionary<ObjectKey, string?> _confirming = new();

    private IReadOnlyList<FrameworkPolicy> _told = [];
    private volatile bool _ended;

    public FrameworkController(
        IKubernetes kubernetes,
        Informer<V1Alpha1MesosFramework> informer,
        CredentialWatch credentials,
        FrameworkCatalog catalog,
        IMasterInbox inbox,
        EventRecorder events,
        KubernetesJson json,
        Func<FrameworkRegistration, FrameworkFigures> figures,
        TimeProvider clock,
        Random random,
        ILogger log)
    {
        (_kubernetes, _informer, _credentials, _catalog, _inbox, _events, _json, _figures, _clock, _log) =
            (kubernetes, informer, credentials, catalog, inbox, events, json, figures, clock, log);
        _queue = new(new WorkQueueOptions { Workers = 4, LongestDelay = TimeSpan.FromSeconds(30) }, clock, random, log);
        catalog.Changed = key => _queue.Add(KeyOf(key));
        _following = [informer.Follow(HandleAsync), credentials.Follow(() => _credentialChanges.Writer.TryWrite(true))];
    }

    public void Dispose()
    {
        _ended = true;
        foreach (var source in _following)
        {
            source.Dispose();
        }

        _queue.Dispose();
    }

    /// <summary>The registrations that were stored, once the informer has synced; and the rules, for the master to begin with.</summary>
    public async Task<IReadOnlyList<FrameworkRegistration>> RecoverAsync(CancellationToken cancellationToken)
    {
        await ReplacePoliciesAsync(cancellationToken);
        var unreadable = new List<string>();
        var registrations = _informer.Current.Objects.OrderBy(FrameworkSpecs.KeyOf, StringComparer.Ordinal)
            .SelectMany(resource => FrameworkStatuses.Read(resource, unreadable))
            .DistinctBy(registration => registration.Id).ToList();
        foreach (var id in unreadable)
        {
            _log.UnreadableRegistration(id);
        }

        return registrations;
    }

    /// <param name="lookEvery">Between two looks at the figures.</param>
    public async Task RunAsync(TimeSpan lookEvery, CancellationToken cancellationToken)
    {
        using var timer = _clock.CreateTimer(_ => LookAtAll(), null, lookEvery, lookEvery);
        LookAtAll();
        await await Task.WhenAny(_queue.RunAsync(ReconcileAsync, cancellationToken), FollowCredentialsAsync(cancellationToken));
    }

    /// <summary>Until all that has changed is written. What is not by then is written by the next bridge.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _queue.WhenIdle().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // No more time.
        }
    }

    private async Task FollowCredentialsAsync(CancellationToken cancellationToken)
    {
        while (await _credentialChanges.Reader.WaitToReadAsync(cancellationToken))
        {
            _credentialChanges.Reader.TryRead(out _);
            await ReplacePoliciesAsync(cancellationToken);
            LookAtAll();
        }
    }

    private void LookAtAll()
    {
        foreach (var key in _informer.Current.Keys.Concat(_catalog.Keys.Select(KeyOf)).OrderBy(key => key.ToString(), StringComparer.Ordinal))
        {
            _queue.Add(key);
        }
    }

    private async ValueTask HandleAsync(InformerEvent<V1Alpha1MesosFramework> happened, CancellationToken cancellationToken)
    {
        if (!_informer.HasSynced)
        {
            return;
        }

        try
        {
            await ReplacePoliciesAsync(cancellationToken);
        }
        catch (ChannelClosedException) when (_ended)
        {
            return; // The master has stopped in between.
        }

        _ = happened switch
        {
            InformerEvent<V1Alpha1MesosFramework>.Added added => Note(added.Object),
            InformerEvent<V1Alpha1MesosFramework>.Updated updated => Note(updated.Object),
            InformerEvent<V1Alpha1MesosFramework>.Deleted deleted => Note(deleted.Last),
            _ => false,
        };
    }

    private bool Note(V1Alpha1MesosFramework resource)
    {
        _queue.Add(ObjectKey.Of(resource));
        return true;
    }

    private async Task ReplacePoliciesAsync(CancellationToken cancellationToken)
    {
        await _telling.WaitAsync(cancellationToken); // The newest must be told last.
        try
        {
            var resources = _informer.Current.Objects.ToList();
            _catalog.Replace(resources);
            var policies = FrameworkSpecs.Policies(resources, _credentials.Of);
            if (!PolicyComparison.AreEqual(_told, policies))
            {
                _told = policies;
                await _inbox.PostAsync(new MasterInput.PoliciesReplaced(policies), cancellationToken);
            }
        }
        finally
        {
            _telling.Release();
        }
    }

    private async Task<WorkResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await ReconcileOnceAsync(key, cancellationToken);
        }
        catch (KubernetesException stale) when (stale.IsConflict)
        {
            return WorkResult.RequeueAfter(LookAfterConflict); // The informer was behind, as after each write of our own.
        }
    }

    private async Task<WorkResult> ReconcileOnceAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (_informer.Current.Find(key) is not { } resource)
        {
            await CreateIfWantedAsync(key, cancellationToken);
            return WorkResult.Done;
        }

        if (resource.IsDeleting())
        {
            return await EndAsync(resource, cancellationToken);
        }

        if (FrameworkSpecs.TearsDown(resource) != resource.HasFinalizer(Finalizer))
        {
            await SetFinalizerAsync(resource, FrameworkSpecs.TearsDown(resource), cancellationToken);
            return WorkResult.Done; // Comes again with the change.
        }

        await WriteStatusAsync(resource, cancellationToken);
        return WorkResult.Done;
    }

    private async Task CreateIfWantedAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var live = _catalog.RegistrationsOf(key.ToString()).Where(registration => registration.Phase != FrameworkPhase.Completed).ToList();
        if (_catalog.Defaults.Admission != Admission.Open || live.Count == 0 || IsTaken(live[0].Info.Name))
        {
            return;
        }

        try
        {
            await _kubernetes.CreateAsync(
                new V1Alpha1MesosFramework
                {
                    Metadata = new V1ObjectMeta { Name = key.Name, NamespaceProperty = key.Namespace },
                    Spec = new V1Alpha1MesosFrameworkSpec { Name = live[0].Info.Name },
                },
                cancellationToken);
            _log.ResourceCreated(key, live[0].Info.Name);
        }
        catch (KubernetesException exists) when (exists.IsAlreadyExists)
        {
            // The informer will tell.
        }
    }

    /// <summary>A resource has that name, and keeps this framework away: one made for it would let it in.</summary>
    private bool IsTaken(string framework) => _informer.Current.Objects.Any(resource => FrameworkSpecs.NameOf(resource) == framework);

    private async Task<WorkResult> EndAsync(V1Alpha1MesosFramework resource, CancellationToken cancellationToken)
    {
        if (!resource.HasFinalizer(Finalizer))
        {
            return WorkResult.Done;
        }

        var live = _catalog.RegistrationsOf(FrameworkSpecs.KeyOf(resource)).Where(r => r.Phase != FrameworkPhase.Completed).ToList();
        if (FrameworkSpecs.TearsDown(resource) && live.Count > 0)
        {
            foreach (var registration in live)
            {
                _log.TearsDown(FrameworkSpecs.KeyOf(resource), registration.Id);
                await _inbox.PostAsync(new MasterInput.TeardownRequested(registration.Id), cancellationToken);
            }

            return WorkResult.RequeueAfter(LookAfterTeardown);
        }

        await SetFinalizerAsync(resource, wanted: false, cancellationToken);
        return WorkResult.Done;
    }

    private async Task SetFinalizerAsync(V1Alpha1MesosFramework resource, bool wanted, CancellationToken cancellationToken)
    {
        var others = (resource.Metadata.Finalizers ?? []).Where(finalizer => finalizer != Finalizer);
        var finalizers = (wanted ? others.Append(Finalizer) : others).Select(finalizer => (JsonNode)finalizer).ToArray();
        var metadata = new JsonObject { ["resourceVersion"] = resource.ResourceVersion(), ["finalizers"] = new JsonArray(finalizers) };
        await _kubernetes.PatchAsync<V1Alpha1MesosFramework>(
            V1Patch.Merge(new JsonObject { ["metadata"] = metadata }), resource.Name(), resource.Namespace(), cancellationToken: cancellationToken);
    }

    private async Task WriteStatusAsync(V1Alpha1MesosFramework resource, CancellationToken cancellationToken)
    {
        var precedence = FrameworkSpecs.Precedence(resource, _informer.Current.Objects);
        var registrations = _catalog.RegistrationsOf(FrameworkSpecs.KeyOf(resource));
        var losses = registrations.Sum(registration => _catalog.LossesHeldOf(registration.Id));
        var status = FrameworkStatuses.Of(resource, precedence, _credentials.Of(resource), registrations, _figures, losses, _clock.GetUtcNow());
        if (status.ConfirmedLosses != resource.Status?.ConfirmedLosses)
        {
            _confirming[ObjectKey.Of(resource)] = status.ConfirmedLosses;
        }

        if (resource.Status is not { } present || _json.Serialize(present) != _json.Serialize(status))
        {
            var changed = _json.Clone(resource);
            changed.Status = status;
            await _kubernetes.ReplaceStatusAsync(changed, cancellationToken);
            TellReadiness(resource, status);
            TellLosses(resource, status);
        }

        if (_confirming.TryRemove(ObjectKey.Of(resource), out var confirmed) && confirmed == status.ConfirmedLosses)
        {
            await ConfirmLossesAsync(registrations, cancellationToken); // Remembered first: a bridge that dies here has confirmed nothing.
        }
    }

    private async Task ConfirmLossesAsync(IEnumerable<FrameworkRegistration> registrations, CancellationToken cancellationToken)
    {
        foreach (var registration in registrations.Where(registration => _catalog.LossesHeldOf(registration.Id) > 0))
        {
            _log.LossesConfirmed(registration.Id, _catalog.LossesHeldOf(registration.Id));
            await _inbox.PostAsync(new MasterInput.LossesConfirmed(registration.Id), cancellationToken);
        }
    }

    private void TellLosses(V1Alpha1MesosFramework resource, V1Alpha1MesosFrameworkStatus status)
    {
        var held = status.Conditions!.Single(condition => condition.Type == "LossesHeld");
        var before = resource.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "LossesHeld")?.Status;
        if (held.Status == "True" && before != "True")
        {
            _events.Warning(resource, "LossesHeld", held.Message!);
        }
        else if (held.Status == "False" && before == "True")
        {
            _events.Normal(resource, "LossesTold", held.Message!);
        }
    }

    private void TellReadiness(V1Alpha1MesosFramework resource, V1Alpha1MesosFrameworkStatus status)
    {
        var ready = status.Conditions!.Single(condition => condition.Type == "Ready");
        if (resource.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready")?.Reason != ready.Reason)
        {
            _events.Record(resource.ToReference(), ready.Reason is "InvalidSpec" or "Duplicate" ? "Warning" : "Normal", ready.Reason!, ready.Message!);
        }
    }

    private static ObjectKey KeyOf(string key) => new(key.Split('/')[0], key.Split('/')[1]);
}
