using System.Collections.Immutable;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>
/// What quotas leave to give away while a round of allocation goes on: what each role with a quota has already, and what must
/// stay free so that all guarantees can still be kept (the headroom).
/// </summary>
/// <remarks>
/// Mesos: src/master/allocator/mesos/hierarchical.cpp, __generateOffers. There a quota binds offers to the very role that has it;
/// here it binds all below it, too, since what they have counts for it.
/// </remarks>
internal sealed class QuotaRound(FairShares shares, FreeScalars free)
{
    private readonly Dictionary<string, Standing> _standings = new(StringComparer.Ordinal);
    private readonly Tally _required = new();
    private readonly Tally _available = new();
    private readonly Tally _weighed = new();
    private readonly Tally _given = new();

    /// <summary>Some role has a guarantee that is not met.</summary>
    public bool AnyMissing => !_required.IsZero;

    public void SetQuotas(ImmutableDictionary<string, Quota> quotas)
    {
        _standings.Clear();
        foreach (var quota in quotas.Values.OrderBy(q => q.Role, StringComparer.Ordinal))
        {
            _standings.Add(quota.Role, new Standing(quota, shares.Names));
        }
    }

    /// <summary>A role has come nearer to its guarantee in the second stage, so that less must be kept free from the next round on.</summary>
    public bool HasLeftRoom { get; private set; }

    public void Begin()
    {
        HasLeftRoom = false;
        var anyGuarantee = false;
        _required.Clear();
        foreach (var standing in _standings.Values)
        {
            shares.Consumed(standing.Quota.Role, standing.Consumed);
            standing.AddMissing(_required);
            anyGuarantee |= standing.Quota.Guarantees.Count > 0;
        }

        free.Settle(needed: anyGuarantee);
        _available.Clear();
        _available.Add(free.Sum);
    }

    /// <summary>There are no rounds for now.</summary>
    public void Rest() => free.Settle(needed: false);

    /// <summary>Whether a role has consumed more than its limit of something.</summary>
    public bool IsAboveLimit(string topRole)
    {
        var standing = Current(topRole);
        return standing is not null && standing.Limits.Any(l => standing.Consumed[l.Number] > l.Amount);
    }

    /// <returns>What a role's guarantee is not met by, by name; empty if it is met.</returns>
    public ImmutableSortedDictionary<string, long> MissingOf(string topRole) => Current(topRole) is not { } standing
        ? ImmutableSortedDictionary<string, long>.Empty
        : standing.Quota.Guarantees
            .Select(g => KeyValuePair.Create(g.Key, g.Value - standing.Consumed[shares.Names.NumberOf(g.Key)]))
            .Where(missing => missing.Value > 0)
            .ToImmutableSortedDictionary(StringComparer.Ordinal);

    public bool IsMissing(Quota? quota) => quota is not null && _standings[quota.Role].IsMissingAny();

    /// <summary>
    /// The first stage: what the role lacks of its guarantees, with everything that no quota counts; and of the rest what its
    /// limits and the headroom of others leave.
    /// </summary>
    /// <returns>Empty where nothing of it brings the role nearer to its guarantees.</returns>
    public Resources ForGuarantees(Quota quota, Resources wanted)
    {
        var standing = _standings[quota.Role];
        shares.Names.Weigh(wanted, _weighed, _given);
        return standing.IsMissingAnyOf(_given) ? Cut(wanted, Allowed) : Resources.Empty;

        long Allowed(int number)
        {
            var lacked = Math.Min(standing.Missing(number), _given[number]);
            return lacked + Math.Max(0, Math.Min(standing.LimitOf(number) - standing.Consumed[number] - lacked, Surplus(number)));
        }
    }

    /// <summary>The second stage: what limits and headroom leave.</summary>
    public Resources ForEverybody(Quota? quota, Resources wanted)
    {
        var standing = quota is { Limits.Count: > 0 } ? _standings[quota.Role] : null;
        return standing is null && !AnyMissing
            ? wanted
            : Cut(wanted, number => Math.Min(standing is null ? long.MaxValue : standing.LimitOf(number) - standing.Consumed[number], Surplus(number)));
    }

    /// <param name="forGuarantees">It was given in the first stage: what it lacked need not be kept free any longer.</param>
    public void Give(Quota? quota, Resources given, bool forGuarantees)
    {
        if (_standings.Count == 0)
        {
            return;
        }

        shares.Names.Weigh(given, _weighed, _given);
        _available.Subtract(_given);
        if (quota is null)
        {
            return;
        }

        var standing = _standings[quota.Role];
        if (forGuarantees)
        {
            standing.Reduce(_required, _given);
        }
        else
        {
            HasLeftRoom |= standing.IsMissingAny();
        }

        standing.Consumed.Add(_given);
    }

    private long Surplus(int number) => AnyMissing ? _available[number] - _required[number] : long.MaxValue;

    /// <summary>Outside of a round: as things stand now.</summary>
    private Standing? Current(string topRole)
    {
        if (_standings.TryGetValue(topRole, out var standing))
        {
            shares.Consumed(topRole, standing.Consumed);
        }

        return standing;
    }

    /// <param name="allowed">How much of a scalar that is subject to quotas may stay.</param>
    private Resources Cut(Resources resources, Func<int, long> allowed) =>
        resources.Cut(item => ScalarNames.IsSubjectToQuota(item) ? allowed(shares.Names.NumberOf(item.Name)) : long.MaxValue);

    /// <summary>One role with a quota during a round.</summary>
    private sealed class Standing
    {
        private readonly (int Number, long Amount)[] _guarantees;

        public Standing(Quota quota, ScalarNames names)
        {
            Quota = quota;
            _guarantees = [.. quota.Guarantees.Select(g => (names.NumberOf(g.Key), g.Value))];
            Limits = [.. quota.Limits.Select(l => (names.NumberOf(l.Key), l.Value))];
        }

        public Quota Quota { get; }

        public (int Number, long Amount)[] Limits { get; }

        public Tally Consumed { get; } = new();

        public bool IsMissingAny() => Array.Exists(_guarantees, g => g.Amount > Consumed[g.Number]);

        public bool IsMissingAnyOf(Tally amount) => Array.Exists(_guarantees, g => amount[g.Number] > 0 && g.Amount > Consumed[g.Number]);

        public long Missing(int number) =>
            Math.Max(0, Array.Find(_guarantees, g => g.Number == number).Amount - Consumed[number]);

        public long LimitOf(int number)
        {
            foreach (var limit in Limits)
            {
                if (limit.Number == number)
                {
                    return limit.Amount;
                }
            }

            return long.MaxValue;
        }

        public void AddMissing(Tally sum)
        {
            foreach (var (number, _) in _guarantees)
            {
                sum.Add(number, Missing(number));
            }
        }

        /// <summary>What is given of what is missing is missing no more.</summary>
        public void Reduce(Tally required, Tally given)
        {
            foreach (var (number, _) in _guarantees)
            {
                required.Add(number, -Math.Min(Missing(number), given[number]));
            }
        }
    }
}
