using System.Collections.Immutable;

namespace MesosK8sBridge.Operator.Roles;

/// <summary>How a role fares at the moment, as the master counts it.</summary>
/// <param name="Frameworks">Registered ones that have the role itself.</param>
/// <param name="Allocated">Names of scalars and their amounts: in use and in offers, of the roles under it as well.</param>
internal sealed record RoleFigures(int Frameworks, ImmutableSortedDictionary<string, double> Allocated)
{
    public static RoleFigures None { get; } = new(0, ImmutableSortedDictionary<string, double>.Empty);
}
