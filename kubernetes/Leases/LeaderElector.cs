using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Leases;

/// <summary>Campaigns for a lease and lets work be done only while it is held.</summary>
/// <remarks>
/// Clocks of different machines are never compared: a candidate takes over when the lease has not changed for its whole duration by
/// the candidate's own clock, begun when the answer that showed it arrived. A leader counts from before the request that renewed it was
/// sent, and cancels its work <see cref="LeaderElectionOptions.RenewDeadline"/> later, whatever else is going on. What lies between that
/// and <see cref="LeaderElectionOptions.LeaseDuration"/> is the time the work has to end.
/// Kubernetes: client-go/tools/leaderelection/leaderelection.go.
/// </remarks>
public sealed class LeaderElector(IKubernetes kubernetes, LeaderElectionOptions options, TimeProvider clock, Random random, ILogger logger)
{
    private readonly LeaderElectionOptions _options = options.Fault() is { } fault ? throw new ArgumentException(fault, nameof(options)) : options;

    private readonly Backoff _spread = new(options.RetryPeriod, options.RetryPeriod, random);

    /// <summary>The lease as last seen or written, and since when its content has been the same; null before, or if there is none.</summary>
    private volatile Sighting? _sighting;

    private volatile CancellationTokenSource? _term;

    private enum Attempt
    {
        Held,
        HeldByAnother,
        Unknown,
    }

    /// <summary>Who holds the lease, as last seen or written; null if nobody does, or if nothing has been heard of the holder for the lease's duration.</summary>
    public LeaseHolder? Holder => _sighting is { Holder: { } holder } seen && !HasRunOut(seen) ? holder : null;

    /// <summary>True from the acquisition until the work has been told to end.</summary>
    public bool IsLeader => _term is { IsCancellationRequested: false };

    /// <summary>Campaigns, leads, and campaigns again when the lease is lost, until cancelled; then gives the lease back.</summary>
    /// <param name="lead">
    /// Called each time the lease is won. When <see cref="HeldLease.Lost"/> is cancelled, with the lease or with the elector, it must end
    /// soon. If it ends by itself, or throws, so does this method.
    /// </param>
    /// <exception cref="LeaderOverstayedException">The work did not end in time: end the process.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task RunAsync(Func<HeldLease, Task> lead, CancellationToken cancellationToken)
    {
        var finished = false;
        while (!finished)
        {
            var renewed = await AcquireAsync(cancellationToken);
            finished = await LeadAsync(lead, renewed, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Looks who holds the lease, without taking it. Not while <see cref="RunAsync"/> runs.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.RenewDeadline / 2, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            if (await FindAsync(either.Token) is { } lease)
            {
                See(lease);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && (e is OperationCanceledException || e.IsForeign()))
        {
            logger.LeaseFailed(_options.Namespace, _options.Name, e.Message);
        }
    }

    /// <returns>The time from before the winning attempt.</returns>
    private async Task<Moment> AcquireAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = Moment.Of(clock);
            var attempt = await AttemptAsync(cancellationToken);
            if (attempt == Attempt.Held && Left(before, _options.RenewDeadline) > TimeSpan.Zero)
            {
                return before;
            }

            // A lease that is given back is to be noticed soon; looking costs little.
            var wait = attempt == Attempt.HeldByAnother ? _options.RetryPeriod / 4 : _options.RetryPeriod;
            await clock.DelayAsync(_spread.AtLeast(wait), cancellationToken);
        }
    }

    /// <returns>Whether the work ended by itself.</returns>
    private async Task<bool> LeadAsync(Func<HeldLease, Task> lead, Moment renewed, CancellationToken cancellationToken)
    {
        using var term = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var expiry = clock.CreateTimer(_ => term.Cancel(), null, Left(renewed, _options.RenewDeadline), Timeout.InfiniteTimeSpan);
        _term = term;
        logger.Leading(_options.Identity, _options.Namespace, _options.Name);
        var lease = new HeldLease(clock, _options.RenewDeadline, renewed, term.Token);
        var work = WorkAsync(lead, lease);
        var finished = false;
        try
        {
            renewed = await RenewAsync(work, lease, expiry, term.Token);
            finished = work.IsCompleted && !term.IsCancellationRequested;
        }
        finally
        {
            term.Cancel(); // Whatever has happened, nobody acts without a renewal.
            _term = null;
        }

        await EndOfWorkAsync(work, renewed);
        if ((finished || cancellationToken.IsCancellationRequested) && !lease.RunsOut)
        {
            await ReleaseAsync();
        }

        logger.LedUntil(_options.Identity, finished ? "its work is done" : cancellationToken.IsCancellationRequested ? "it was stopped" : "the lease is lost");
        await work;
        return finished;
    }

    private static async Task WorkAsync(Func<HeldLease, Task> lead, HeldLease lease)
    {
        try
        {
            await lead(lease);
        }
        catch (OperationCanceledException) when (lease.Lost.IsCancellationRequested)
        {
            // Told to end, and it did.
        }
    }

    /// <summary>Until the work or the term ends, or another holds the lease.</summary>
    /// <returns>The time from before the last renewal.</returns>
    private async Task<Moment> RenewAsync(Task work, HeldLease lease, ITimer expiry, CancellationToken term)
    {
        while (true)
        {
            await Task.WhenAny(work, clock.DelayAsync(_options.RetryPeriod, term));
            if (work.IsCompleted || term.IsCancellationRequested)
            {
                return lease.Renewed;
            }

            var before = Moment.Of(clock);
            var attempt = await AttemptAsync(term);
            if (attempt == Attempt.HeldByAnother)
            {
                return lease.Renewed;
            }

            if (attempt == Attempt.Held && Left(before, _options.RenewDeadline) is { Ticks: > 0 } left)
            {
                lease.Renewed = before;
                expiry.Change(left, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <exception cref="LeaderOverstayedException">Another may take the lease, and the work still goes on.</exception>
    private async Task EndOfWorkAsync(Task work, Moment renewed)
    {
        await Task.WhenAny(work, clock.DelayAsync(Left(renewed, _options.LeaseDuration), CancellationToken.None));
        if (!work.IsCompleted)
        {
            logger.Overstayed(_options.Identity, clock.GetElapsedTime(renewed.Timestamp));
            throw new LeaderOverstayedException($"{_options.Identity} still acts as leader by a lease that has run out.");
        }
    }

    /// <summary>Takes or renews the lease if it is free or ours. Gives up well before the deadline, to leave time for another attempt.</summary>
    private async Task<Attempt> AttemptAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.RenewDeadline / 2, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await TakeAsync(either.Token).WaitAsync(either.Token);
        }
        catch (Exception e) when (e is OperationCanceledException || e.IsForeign())
        {
            // Whether a write arrived is unknown; if it did, the next attempt finds the lease to be ours.
            if (!cancellationToken.IsCancellationRequested)
            {
                logger.LeaseFailed(_options.Namespace, _options.Name, e is OperationCanceledException ? "no answer in time" : e.Message);
            }

            return Attempt.Unknown;
        }
    }

    private async Task<Attempt> TakeAsync(CancellationToken cancellationToken)
    {
        var lease = await FindAsync(cancellationToken);
        if (lease is null)
        {
            if (_sighting is { } last && IsAnothers(last) && !HasRunOut(last))
            {
                return Attempt.HeldByAnother; // Somebody deleted the lease; its holder cannot know that yet.
            }

            See(await kubernetes.CreateAsync(Ours(null), cancellationToken));
            return Attempt.Held;
        }

        var seen = See(lease);
        if (IsAnothers(seen) && !HasRunOut(seen))
        {
            return Attempt.HeldByAnother;
        }

        if (IsLeader && seen.Holder?.Identity != _options.Identity)
        {
            return Attempt.HeldByAnother; // Somebody has led since, if only for a while: what we know is from before.
        }

        See(await kubernetes.ReplaceAsync(Ours(lease), cancellationToken));
        return Attempt.Held;
    }

    private async Task<V1Lease?> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await kubernetes.GetAsync<V1Lease>(_options.Name, _options.Namespace, cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    private bool IsAnothers(Sighting seen) => seen.Holder is { } holder && holder.Identity != _options.Identity;

    /// <summary>Whichever duration is longer, the holder's or ours, has passed since this content was first seen.</summary>
    private bool HasRunOut(Sighting seen)
    {
        var theirs = TimeSpan.FromSeconds(seen.Lease.Spec?.LeaseDurationSeconds ?? 0);
        return clock.GetElapsedTime(seen.Since) >= (theirs > _options.LeaseDuration ? theirs : _options.LeaseDuration);
    }

    private Sighting See(V1Lease lease)
    {
        var before = _sighting;
        var holder = LeaseHolder.Of(lease);
        if (holder is not null && holder.Identity != before?.Holder?.Identity)
        {
            logger.LeaderIs(holder.Identity);
        }

        var now = clock.GetTimestamp();
        return _sighting = new(lease, holder, before is not null && before.SameAs(lease) ? before.Since : now);
    }

    private V1Lease Ours(V1Lease? current)
    {
        var now = clock.GetUtcNow();
        var held = current?.Spec?.HolderIdentity == _options.Identity;
        var metadata = current?.Metadata ?? new() { Name = _options.Name, NamespaceProperty = _options.Namespace };
        metadata.Annotations = Annotated(metadata.Annotations, _options.Annotations);
        return new()
        {
            Metadata = metadata,
            Spec = new()
            {
                HolderIdentity = _options.Identity,
                LeaseDurationSeconds = (int)_options.LeaseDuration.TotalSeconds,
                AcquireTime = held ? current!.Spec!.AcquireTime : now,
                RenewTime = now,
                LeaseTransitions = (current?.Spec?.LeaseTransitions ?? 0) + (current is null || held ? 0 : 1),
                ExtensionData = current?.Spec?.ExtensionData,
            },
        };
    }

    /// <summary>With what we say of ourselves, instead of what an earlier holder said.</summary>
    private static Dictionary<string, string>? Annotated(IDictionary<string, string>? present, IReadOnlyDictionary<string, string> ours)
    {
        var annotations = new Dictionary<string, string>(present ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (var (name, value) in ours)
        {
            annotations[name] = value;
        }

        return annotations.Count == 0 ? null : annotations;
    }

    /// <summary>Lets others take the lease at once. If it fails they wait until it has run out.</summary>
    private async Task ReleaseAsync()
    {
        if (_sighting is not { Lease: { Spec: { } spec } lease } || spec.HolderIdentity != _options.Identity)
        {
            return;
        }

        using var deadline = new CancellationTokenSource(_options.RenewDeadline / 2, clock);
        try
        {
            spec.HolderIdentity = "";
            spec.LeaseDurationSeconds = 1;
            spec.RenewTime = clock.GetUtcNow();
            See(await kubernetes.ReplaceAsync(lease, deadline.Token).WaitAsync(deadline.Token));
        }
        catch (Exception e) when (e is OperationCanceledException || e.IsForeign())
        {
            logger.LeaseFailed(_options.Namespace, _options.Name, e.Message);
        }
    }

    private TimeSpan Left(Moment since, TimeSpan most)
    {
        var left = most - clock.GetElapsedTime(since.Timestamp);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private sealed record Sighting(V1Lease Lease, LeaseHolder? Holder, long Since)
    {
        /// <summary>Labels and the like don't count: they are no sign of life.</summary>
        public bool SameAs(V1Lease other) =>
            Lease.Metadata.Uid == other.Metadata.Uid
            && Lease.Spec?.HolderIdentity == other.Spec?.HolderIdentity
            && Lease.Spec?.RenewTime == other.Spec?.RenewTime
            && Lease.Spec?.LeaseTransitions == other.Spec?.LeaseTransitions;
    }
}
