using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master.Snapshots;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Agents;

/// <summary>
/// Makes a <see cref="V1Alpha1MesosAgent"/> for each node and keeps its status up with what the master knows. Costs what has changed,
/// not what there is: agents are compared with the master's views of before by reference, and only those whose view is new are looked
/// at; each is written once an interval at most, all together at a bounded pace, changes of state before changes of amounts.
/// </summary>
/// <remarks>What a spec says of its node is read by the observer, not here: it holds at once, however many statuses wait.</remarks>
internal sealed class AgentController(
    IKubernetes kubernetes,
    Informer<V1Node> nodes,
    Informer<V1Alpha1MesosAgent> resources,
    AgentDirectory directory,
    Func<MasterSnapshot?> latest,
    AgentSettings settings,
    NodeSettings nodeSettings,
    KubernetesJson json,
    TimeProvider clock,
    Backoff backoff,
    ILogger log)
{
    private readonly AgentQueue _queue = new();
    private readonly Dictionary<string, Written> _written = [];
    private Dictionary<AgentId, AgentView> _views = [];
    private int _isDue = 1;
    private long _looks;

    /// <param name="lookEvery">Between two looks at the master's views, and between two writes of one status.</param>
    public async Task RunAsync(TimeSpan lookEvery, CancellationToken cancellationToken)
    {
        using var following = nodes.Follow(Handle);
        using var followingToo = resources.Follow(Handle);
        var pace = new Pace(settings.WritesPerSecond, clock.GetUtcNow());
        foreach (var key in nodes.Current.Keys.Concat(resources.Current.Keys))
        {
            _queue.Add(key.Name, isUrgent: false);
        }

        using var timer = clock.CreateTimer(_ => Beat(), null, lookEvery, lookEvery);
        for (var failures = 0; ;)
        {
            if (Interlocked.Exchange(ref _isDue, 0) == 1)
            {
                Look();
            }

            if (await _queue.NextAsync(cancellationToken) is not { } name)
            {
                continue; // Time to look.
            }

            failures = await TryAsync(name, pace, cancellationToken) ? 0 : failures + 1;
            if (failures > 0)
            {
                await Task.Delay(backoff.After(failures), clock, cancellationToken);
            }
        }
    }

    /// <summary>The timer keeps the beat; whoever compared times would miss every other by chance.</summary>
    private void Beat()
    {
        Interlocked.Exchange(ref _isDue, 1);
        _queue.Wake();
    }

    private ValueTask Handle(InformerEvent<V1Alpha1MesosAgent> happened, CancellationToken cancellationToken)
    {
        switch (happened)
        {
            case InformerEvent<V1Alpha1MesosAgent>.Added added:
                _queue.Add(added.Object.Name(), isUrgent: true);
                break;
            case InformerEvent<V1Alpha1MesosAgent>.Updated updated:
                _queue.Add(updated.Object.Name(), isUrgent: updated.Previous.Metadata.Generation != updated.Object.Metadata.Generation);
                break;
            case InformerEvent<V1Alpha1MesosAgent>.Deleted deleted:
                _queue.Add(deleted.Last.Name(), isUrgent: true);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private ValueTask Handle(InformerEvent<V1Node> happened, CancellationToken cancellationToken)
    {
        switch (happened)
        {
            case InformerEvent<V1Node>.Added added:
                _queue.Add(added.Object.Name(), isUrgent: true);
                break;
            case InformerEvent<V1Node>.Updated updated:
                _queue.Add(updated.Object.Name(), isUrgent: false);
                break;
            case InformerEvent<V1Node>.Deleted deleted:
                _queue.Add(deleted.Last.Name(), isUrgent: true);
                break;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Finds the agents whose views are new.</summary>
    private void Look()
    {
        _looks++;
        _queue.Release();
        if (latest() is not { } snapshot)
        {
            return;
        }

        var views = new Dictionary<AgentId, AgentView>(snapshot.Agents.Length);
        foreach (var view in snapshot.Agents)
        {
            views[view.Id] = view;
            if (!_views.TryGetValue(view.Id, out var before) || !ReferenceEquals(before, view))
            {
                Note(view, before);
            }
        }

        foreach (var gone in _views.Values.Where(view => !views.ContainsKey(view.Id)))
        {
            Note(gone, null);
        }

        _views = views;
    }

    private void Note(AgentView view, AgentView? before)
    {
        if (directory.TryFindNode(view.Id, out var name))
        {
            _queue.Add(name, isUrgent: before?.Condition != view.Condition);
        }
    }

    /// <returns>False if the API server did not do its part; it is tried again.</returns>
    private async Task<bool> TryAsync(string name, Pace pace, CancellationToken cancellationToken)
    {
        try
        {
            await ReconcileAsync(name, pace, cancellationToken);
            return true;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && (failure is KubernetesException || PodQueue.Passes(failure)))
        {
            log.AgentNotWritten(name, failure.Message);
            _queue.Postpone(name);
            return failure is KubernetesException { IsTransient: false };
        }
    }

    private async Task ReconcileAsync(string name, Pace pace, CancellationToken cancellationToken)
    {
        var (node, resource) = (nodes.Current.Find(null, name), resources.Current.Find(null, name));
        if (resource is null)
        {
            _written.Remove(name);
            if (node is { } bare && settings.Create && !bare.IsDeleting())
            {
                await PauseAsync(pace, cancellationToken);
                await CreateAsync(bare, cancellationToken);
            }

            return;
        }

        if (resource.IsDeleting() || (node is null && AgentSpecs.OwnerOf(resource) is not null))
        {
            return; // It goes with its node.
        }

        await WriteStatusAsync(resource, node, pace, cancellationToken);
    }

    private async Task CreateAsync(V1Node node, CancellationToken cancellationToken)
    {
        try
        {
            await kubernetes.CreateAsync(AgentSpecs.New(node), cancellationToken);
        }
        catch (KubernetesException exists) when (exists.IsAlreadyExists)
        {
            // The informer will tell.
        }
    }

    private async Task WriteStatusAsync(V1Alpha1MesosAgent resource, V1Node? node, Pace pace, CancellationToken cancellationToken)
    {
        var (name, now) = (resource.Name(), clock.GetUtcNow());
        var known = _written.GetValueOrDefault(name);
        if (known?.Uid == resource.Uid() && IsBehind(resource, known))
        {
            return; // It comes again with the change.
        }

        var view = node is null ? null : _views.GetValueOrDefault(NodeReader.AgentIdOf(node));
        var status = AgentStatuses.Of(resource, node, view, nodeSettings, now);
        var text = json.Serialize(status);
        if (resource.Status is { } present && json.Serialize(present) == text)
        {
            return;
        }

        if (known is not null && known.Look == _looks && !AgentStatuses.IsUrgent(resource.Status, status))
        {
            _queue.Postpone(name);
            return;
        }

        await PauseAsync(pace, cancellationToken);
        try
        {
            var written = await kubernetes.PatchAsync<V1Alpha1MesosAgent>(StatusPatch.Of(text), name, null, StatusPatch.Subresource, cancellationToken);
            _written[name] = new Written(written.Uid(), written.ResourceVersion(), _looks);
        }
        catch (KubernetesException gone) when (gone.IsNotFound)
        {
            _written.Remove(name);
        }
    }

    private async Task PauseAsync(Pace pace, CancellationToken cancellationToken)
    {
        var wait = pace.Take(clock.GetUtcNow());
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, clock, cancellationToken);
        }
    }

    /// <summary>The informer has not heard of what we wrote last. Versions of one object can be compared: Kubernetes itself does.</summary>
    private static bool IsBehind(V1Alpha1MesosAgent resource, Written known) =>
        ulong.TryParse(resource.ResourceVersion(), out var seen) && ulong.TryParse(known.ResourceVersion, out var written) && seen < written;

    private sealed record Written(string Uid, string? ResourceVersion, long Look);
}
