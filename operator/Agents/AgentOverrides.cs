using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;

namespace MesosK8sBridge.Operator.Agents;

/// <summary>What is said of nodes in MesosAgents.</summary>
internal sealed class AgentOverrides(Informer<V1Alpha1MesosAgent> resources)
{
    public NodeOverrides Of(V1Node node) => AgentSpecs.Overrides(resources.Current.Find(null, node.Name()), node);

    /// <param name="changed">Gets the names of nodes of which something else is said now. Must return at once.</param>
    /// <returns>Ends it.</returns>
    public IDisposable Follow(Action<string> changed) => resources.Follow((happened, _) =>
    {
        if (NameOf(happened) is { } name)
        {
            changed(name);
        }

        return ValueTask.CompletedTask;
    });

    /// <summary>Statuses, which are our own words, change no generation.</summary>
    private static string? NameOf(InformerEvent<V1Alpha1MesosAgent> happened) => happened switch
    {
        InformerEvent<V1Alpha1MesosAgent>.Added added => added.Object.Name(),
        InformerEvent<V1Alpha1MesosAgent>.Deleted deleted => deleted.Last.Name(),
        InformerEvent<V1Alpha1MesosAgent>.Updated updated
            when updated.Previous.Metadata.Generation != updated.Object.Metadata.Generation
                || AgentSpecs.OwnerOf(updated.Previous)?.Uid != AgentSpecs.OwnerOf(updated.Object)?.Uid => updated.Object.Name(),
        _ => null,
    };
}
