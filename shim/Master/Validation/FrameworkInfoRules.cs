using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Frameworks;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What a framework may say about itself.</summary>
/// <remarks>Mesos: src/master/validation.cpp, namespace framework.</remarks>
internal static class FrameworkInfoRules
{
    /// <summary>2^63 nanoseconds.</summary>
    private const double LongestSeconds = 9223372036.854775807;

    public static string? Check(FrameworkInfo info) =>
        CheckRoles(info) ?? CheckId(info) ?? CheckOfferFilters(info) ?? CheckFailoverTimeout(info);

    public static string? CheckUpdate(FrameworkInfo before, FrameworkInfo after)
    {
        if (PrincipalOf(before) != PrincipalOf(after))
        {
            return "Changing framework's principal is not allowed.";
        }

        if (before.User != after.User)
        {
            return $"Updating 'FrameworkInfo.user' is unsupported; attempted to update from '{before.User}' to '{after.User}'";
        }

        return before.Checkpoint == after.Checkpoint
            ? null
            : "Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update "
                + $"from '{MesosText.Bool(before.Checkpoint)}' to '{MesosText.Bool(after.Checkpoint)}'";
    }

    public static string? CheckPrincipalKept(FrameworkInfo before, FrameworkInfo after) =>
        PrincipalOf(before) == PrincipalOf(after) ? null : "Changing framework's principal is not allowed.";

    public static string? CheckSuppressed(FrameworkTraits traits, IEnumerable<string> suppressed)
    {
        var strange = suppressed.Where(r => !traits.Roles.Contains(r)).Distinct().Order(StringComparer.Ordinal).ToArray();
        return strange.Length == 0 ? null : $"Suppressed roles {MesosText.Set(strange)} are not contained in the set of roles";
    }

    private static string? PrincipalOf(FrameworkInfo info) => info.HasPrincipal ? info.Principal : null;

    private static string? CheckRoles(FrameworkInfo info)
    {
        if (!new FrameworkTraits(info).MultiRole)
        {
            return info.Roles.Count > 0
                ? "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable"
                : Roles.Validate(info.Role) is { } error ? $"'FrameworkInfo.role' is not a valid role: {error}" : null;
        }

        if (info.HasRole)
        {
            return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable";
        }

        var duplicates = info.Roles.GroupBy(r => r).Where(g => g.Count() > 1).Select(g => g.Key).Order(StringComparer.Ordinal).ToArray();
        if (duplicates.Length > 0)
        {
            return $"'FrameworkInfo.roles' contains duplicate items: {MesosText.Set(duplicates)}";
        }

        var invalid = info.Roles.Select(Roles.Validate).FirstOrDefault(e => e is not null);
        return invalid is null ? null : $"'FrameworkInfo.roles' contains invalid role: {invalid}";
    }

    private static string? CheckId(FrameworkInfo info) => string.IsNullOrEmpty(info.Id?.Value) ? null : IdRules.Check(info.Id.Value);

    private static string? CheckOfferFilters(FrameworkInfo info)
    {
        foreach (var filters in info.OfferFilters.Values)
        {
            foreach (var quantities in filters.MinAllocatableResources?.Quantities.AsEnumerable() ?? [])
            {
                if (quantities.Quantities.Count == 0)
                {
                    return "Resource quantities must contain at least one quantity";
                }

                foreach (var (name, quantity) in quantities.Quantities)
                {
                    if (CheckQuantity(quantity.Value) is { } error)
                    {
                        return $"Invalid resource quantity for '{name}': {error}";
                    }
                }
            }
        }

        return null;
    }

    /// <remarks>Mesos: src/common/validation.cpp, validateInputScalarValue.</remarks>
    private static string? CheckQuantity(double value) =>
        double.IsInfinity(value) ? "Infinite values not supported"
        : double.IsNaN(value) ? "NaN not supported"
        : double.IsSubnormal(value) ? "Subnormal values not supported"
        : value < 0 ? "Negative values not supported"
        : null;

    private static string? CheckFailoverTimeout(FrameworkInfo info) =>
        Math.Abs(info.FailoverTimeout) <= LongestSeconds
            ? null
            : $"The framework failover_timeout ({MesosText.Number(info.FailoverTimeout)}) is invalid";
}
