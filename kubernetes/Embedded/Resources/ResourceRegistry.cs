using System.Collections.Immutable;

namespace MesosK8sBridge.Kubernetes.Embedded.Resources;

/// <summary>The resources served at this moment: the built-in ones and those of CustomResourceDefinitions.</summary>
internal sealed class ResourceRegistry(IEnumerable<ResourceInfo> builtIn)
{
    private readonly Lock _lock = new();
    private ImmutableList<ResourceInfo> _all = [.. builtIn];

    /// <summary>In the order in which discovery shows them.</summary>
    public ImmutableList<ResourceInfo> All => Volatile.Read(ref _all);

    public ResourceInfo? Find(string group, string version, string plural) =>
        All.Find(r => r.Plural == plural && r.Group == group && r.Version == version);

    public ResourceInfo? FindKind(string apiVersion, string kind) => All.Find(r => r.Kind == kind && r.ApiVersion == apiVersion);

    /// <summary>Puts these in place of all versions of a custom resource.</summary>
    public void Replace(string qualified, IEnumerable<ResourceInfo> resources)
    {
        lock (_lock)
        {
            _all = _all.RemoveAll(r => r.Custom && r.Qualified == qualified).AddRange(resources);
        }
    }
}
