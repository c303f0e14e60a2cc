using System.Collections.Immutable;

namespace MesosK8sBridge.Shim.Master;

/// <summary>What administrators have set for one role.</summary>
/// <param name="Role">May be nested for a weight; a quota belongs to top-level roles only, and not to <c>*</c>.</param>
/// <param name="Weight">Above 0; 1 is the default of every role.</param>
/// <param name="Guarantees">By resource name, in Mesos' units: what it gets before others get more. Not above the limit of the same name.</param>
/// <param name="Limits">By resource name, in Mesos' units; what is not named is unlimited.</param>
/// <remarks>
/// To be checked by who reads it from an administrator; what makes no sense all the same does no harm here, and counts for nothing.
/// Mesos: docs/quota.md, docs/weights.md.
/// </remarks>
public sealed record RolePolicy(
    string Role,
    double Weight,
    ImmutableSortedDictionary<string, double> Guarantees,
    ImmutableSortedDictionary<string, double> Limits);
