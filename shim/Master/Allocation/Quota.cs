using System.Collections.Immutable;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>What a top-level role and all below it are promised, and may have at most. Immutable; by resource name, in thousandths.</summary>
/// <param name="Guarantees">What is not named is not promised.</param>
/// <param name="Limits">What is not named is unlimited.</param>
/// <remarks>Mesos: include/mesos/quota/quota.hpp.</remarks>
internal sealed record Quota(string Role, ImmutableSortedDictionary<string, long> Guarantees, ImmutableSortedDictionary<string, long> Limits)
{
    public bool Equals(Quota? other) =>
        other is not null && Role == other.Role && Guarantees.SequenceEqual(other.Guarantees) && Limits.SequenceEqual(other.Limits);

    public override int GetHashCode() => HashCode.Combine(Role, Guarantees.Count, Limits.Count);
}

/// <summary>Weights and quotas of all roles, as far as they make sense. Immutable.</summary>
/// <param name="Weights">By role; all others have 1.</param>
/// <param name="Quotas">By top-level role; all others have none.</param>
internal sealed record RoleSettings(ImmutableDictionary<string, double> Weights, ImmutableDictionary<string, Quota> Quotas)
{
    public static RoleSettings None { get; } =
        new(ImmutableDictionary<string, double>.Empty, ImmutableDictionary<string, Quota>.Empty);

    /// <summary>
    /// Who sets them is told what is wrong elsewhere; what comes here all the same does no harm: of two settings for a role the
    /// first counts; one for no valid role counts for nothing; a weight that is not above 0 is 1; a quota of a nested role or of
    /// <c>*</c> is none; an amount that is none is left out, and a guarantee above its limit is cut to it.
    /// </summary>
    public static RoleSettings Of(IEnumerable<RolePolicy> policies)
    {
        var valid = policies.Where(p => Roles.Validate(p.Role) is null).DistinctBy(p => p.Role, StringComparer.Ordinal).ToArray();
        return new RoleSettings(
            valid.Where(p => double.IsFinite(p.Weight) && p.Weight > 0).ToImmutableDictionary(p => p.Role, p => p.Weight),
            valid.Select(QuotaOf).OfType<Quota>().ToImmutableDictionary(q => q.Role));
    }

    public double WeightOf(string role) => Weights.GetValueOrDefault(role, 1);

    private static Quota? QuotaOf(RolePolicy policy)
    {
        if (policy.Role == Roles.Star || policy.Role.Contains('/', StringComparison.Ordinal))
        {
            return null;
        }

        var limits = Amounts(policy.Limits);
        var guarantees = Amounts(policy.Guarantees)
            .ToImmutableSortedDictionary(g => g.Key, g => Math.Min(g.Value, limits.GetValueOrDefault(g.Key, long.MaxValue)), StringComparer.Ordinal)
            .RemoveRange(policy.Guarantees.Keys.Where(name => Thousandths.FromDouble(policy.Guarantees[name]) == 0));
        return guarantees.IsEmpty && limits.IsEmpty ? null : new Quota(policy.Role, guarantees, limits);
    }

    private static ImmutableSortedDictionary<string, long> Amounts(ImmutableSortedDictionary<string, double> amounts) => amounts
        .Where(a => a.Value >= 0 && Thousandths.FromDouble(a.Value) >= 0)
        .ToImmutableSortedDictionary(a => a.Key, a => Thousandths.FromDouble(a.Value), StringComparer.Ordinal);
}
