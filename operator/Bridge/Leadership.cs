using MesosK8sBridge.Kubernetes.Leases;
using MesosK8sBridge.Shim.Http;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>Who leads: this process during a term, else whom the lease names.</summary>
internal sealed class Leadership : ILeadership
{
    /// <summary>Where the holder of the lease is to be found, as <c>HOST:PORT</c>: an annotation of the lease.</summary>
    public const string MasterAnnotation = "mesosbridge.io/master";

    private volatile Leader? _self;
    private volatile Candidate? _candidate;

    /// <remarks>During a hand-over and between terms the lease may still, or already, be ours: then nobody leads.</remarks>
    public Leader? Current => _self ?? (_candidate is { Elector.Holder: { } holder } candidate && holder.Identity != candidate.Identity ? Of(holder) : null);

    public bool IsThisProcess => _self is not null;

    public void Campaign(LeaderElector elector, string identity) => _candidate = new Candidate(elector, identity);

    public void Begin(HostPort self) => _self = LeaderAt(self, isThisMaster: true);

    public void End() => _self = null;

    /// <summary>One that does not say where it is cannot be told of.</summary>
    private static Leader? Of(LeaseHolder holder) =>
        holder.Annotations.GetValueOrDefault(MasterAnnotation) is { } text && HostPort.TryParse(text, defaultPort: null, out var place)
            ? LeaderAt(place!, isThisMaster: false)
            : null;

    private static Leader LeaderAt(HostPort place, bool isThisMaster) =>
        new(place.Host.Contains(':', StringComparison.Ordinal) ? $"[{place.Host}]" : place.Host, place.Port, isThisMaster);

    private sealed record Candidate(LeaderElector Elector, string Identity);
}
