using System.Collections.Immutable;
using System.Globalization;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Roles;

/// <summary>What the spec of a <see cref="V1Alpha1MesosRole"/> means. Functions of their arguments.</summary>
internal static class RoleSpecs
{
    /// <summary>1 exabyte, in MiB. Mesos: src/master/quota.cpp, validate.</summary>
    private const double MostMebibytes = 1L << 40;

    private const double MostOfOthers = 1e12;

    public static string RoleOf(V1Alpha1MesosRole resource) =>
        string.IsNullOrEmpty(resource.Spec.Role) ? resource.Name() : resource.Spec.Role;

    /// <summary>One for each resource that is sound, except that of several for the same role only the oldest counts.</summary>
    public static ImmutableArray<RolePolicy> Policies(IEnumerable<V1Alpha1MesosRole> resources) =>
    [
        .. resources.Where(Counts).GroupBy(RoleOf).Select(same => PolicyOf(Oldest(same))).OrderBy(policy => policy.Role, StringComparer.Ordinal),
    ];

    /// <summary>The resource that counts instead of this one; null if this one does.</summary>
    public static V1Alpha1MesosRole? Precedence(V1Alpha1MesosRole resource, IEnumerable<V1Alpha1MesosRole> all)
    {
        var role = RoleOf(resource);
        var first = Oldest(all.Where(other => RoleOf(other) == role && Counts(other)).Append(resource));
        return first.Uid() == resource.Uid() ? null : first;
    }

    /// <summary>The same checks as in the CustomResourceDefinition, for API servers that do not know all of its rules, in Mesos' words.</summary>
    /// <returns>Null if there is nothing to complain about.</returns>
    /// <remarks>Mesos: src/master/weights_handler.cpp, src/master/quota_handler.cpp, src/master/quota.cpp.</remarks>
    public static string? Problem(V1Alpha1MesosRole resource)
    {
        var (role, spec) = (RoleOf(resource), resource.Spec);
        var (guarantees, limits) = (Sorted(spec.Quota?.Guarantees), Sorted(spec.Quota?.Limits));
        return MesosK8sBridge.Protocol.Roles.Validate(role) is { } invalid ? $"Invalid role '{role}': {invalid}"
            : spec.Weight is { } weight && !(weight > 0 && double.IsFinite(weight)) ? $"Invalid weight '{Text(weight)}': Weights must be positive"
            : guarantees.Count + limits.Count > 0 && role.Contains('/', StringComparison.Ordinal)
                ? $"Updating quota on nested role '{role}' is not supported yet"
            : Amounts("guarantees", guarantees) ?? Amounts("limits", limits)
            ?? (guarantees.Any(guarantee => limits.TryGetValue(guarantee.Key, out var limit) && guarantee.Value > limit)
                ? $"Invalid QuotaConfig: 'QuotaConfig.guarantees' {Text(guarantees)} is not contained within the 'QuotaConfig.limits' {Text(limits)}"
                : null);
    }

    /// <returns>E.g. <c>cpus:4;mem:1024</c>; null for nothing.</returns>
    public static string? Summary(IEnumerable<KeyValuePair<string, double>> amounts) =>
        string.Join(';', amounts.OrderBy(Rank).ThenBy(amount => amount.Key, StringComparer.Ordinal).Select(amount => $"{amount.Key}:{Text(amount.Value)}")) is { Length: > 0 } text
            ? text
            : null;

    private static bool Counts(V1Alpha1MesosRole resource) => !resource.IsDeleting() && Problem(resource) is null;

    private static RolePolicy PolicyOf(V1Alpha1MesosRole resource) => new(
        RoleOf(resource), resource.Spec.Weight ?? 1, Sorted(resource.Spec.Quota?.Guarantees), Sorted(resource.Spec.Quota?.Limits));

    private static V1Alpha1MesosRole Oldest(IEnumerable<V1Alpha1MesosRole> resources) =>
        resources.OrderBy(resource => resource.Metadata.CreationTimestamp).ThenBy(resource => resource.Name(), StringComparer.Ordinal).First();

    private static string? Amounts(string field, ImmutableSortedDictionary<string, double> amounts)
    {
        foreach (var (name, amount) in amounts)
        {
            var most = name is "mem" or "disk" ? MostMebibytes : MostOfOthers;
            if (double.IsNaN(amount) || double.IsInfinity(amount) || amount < 0)
            {
                return $"Invalid QuotaConfig: Invalid {field[..^1]} configuration {{'{name}': {Text(amount)}}}: "
                    + (amount < 0 ? "Negative values not supported" : double.IsNaN(amount) ? "NaN not supported" : "Infinite values not supported");
            }

            if (amount > most)
            {
                return $"Invalid QuotaConfig: Invalid 'QuotaConfig.{field}': {{'{name}': {Text(amount)}}} is invalid: values greater than "
                    + $"{(most > MostOfOthers ? "1 exabyte" : "1 trillion")} ({Text(most)}) are not supported";
            }
        }

        return null;
    }

    private static ImmutableSortedDictionary<string, double> Sorted(IDictionary<string, double>? map) =>
        (map ?? new Dictionary<string, double>()).ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static int Rank(KeyValuePair<string, double> amount) => amount.Key switch
    {
        "cpus" => 0,
        "mem" => 1,
        "disk" => 2,
        "gpus" => 3,
        _ => 4,
    };

    private static string Text(ImmutableSortedDictionary<string, double> amounts) =>
        $"{{ {string.Join(", ", amounts.Select(amount => $"{amount.Key}: {Text(amount.Value)}"))} }}";

    private static string Text(double amount) => amount.ToString("0.###", CultureInfo.InvariantCulture);
}
