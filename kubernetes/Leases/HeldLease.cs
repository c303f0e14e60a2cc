using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Leases;

/// <summary>A lease as its holder has it: what the work of a leader goes by.</summary>
public sealed class HeldLease
{
    private readonly TimeProvider _clock;
    private readonly TimeSpan _renewDeadline;
    private volatile Moment _renewed;
    private volatile bool _runsOut;

    internal HeldLease(TimeProvider clock, TimeSpan renewDeadline, Moment renewed, CancellationToken lost) =>
        (_clock, _renewDeadline, _renewed, Lost) = (clock, renewDeadline, renewed, lost);

    /// <summary>Cancelled when the lease is lost or the elector is cancelled. A process that was paused may run for a moment before it is.</summary>
    public CancellationToken Lost { get; }

    /// <summary>
    /// Nobody else can have the lease yet: it has been renewed so lately that what is begun now arrives in time. Goes by the clocks,
    /// whichever of the two says that more time has passed: one of them may have stood still with the machine.
    /// </summary>
    public bool IsHeld
    {
        get
        {
            var renewed = _renewed;
            return !Lost.IsCancellationRequested
                && _clock.GetElapsedTime(renewed.Timestamp) < _renewDeadline
                && _clock.GetUtcNow() - renewed.At < _renewDeadline;
        }
    }

    internal bool RunsOut => _runsOut;

    internal Moment Renewed
    {
        get => _renewed;
        set => _renewed = value;
    }

    /// <summary>
    /// The lease is not given back when the work ends: others wait until it has run out. For work that ends without knowing
    /// whether all it has begun is over.
    /// </summary>
    public void LetRunOut() => _runsOut = true;
}

/// <summary>Who holds a lease.</summary>
/// <param name="Annotations">Of the lease, in which the holder tells of itself.</param>
public sealed record LeaseHolder(string Identity, IReadOnlyDictionary<string, string> Annotations)
{
    internal static LeaseHolder? Of(V1Lease lease) => lease.Spec?.HolderIdentity is { Length: > 0 } identity
        ? new LeaseHolder(identity, new Dictionary<string, string>(lease.Metadata.Annotations ?? new Dictionary<string, string>(), StringComparer.Ordinal))
        : null;
}

/// <summary>One moment by two clocks: one that only ever goes forward, and one that goes on while the machine sleeps.</summary>
internal sealed record Moment(long Timestamp, DateTimeOffset At)
{
    public static Moment Of(TimeProvider clock) => new(clock.GetTimestamp(), clock.GetUtcNow());
}
