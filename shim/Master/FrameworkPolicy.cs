using System.Collections.Immutable;

namespace MesosK8sBridge.Shim.Master;

/// <summary>One administrator's rule for who may register, and with what.</summary>
/// <param name="Key">Names the rule; stored with each registration it admitted.</param>
/// <param name="FrameworkName">Must equal <c>FrameworkInfo.name</c>.</param>
/// <param name="Principal">Must equal the framework's principal; null admits any.</param>
/// <param name="Roles">All roles of the framework must be among these; empty admits any.</param>
/// <param name="AgentSelector">Labels that an agent must carry to be offered; empty: every agent.</param>
public sealed record FrameworkPolicy(
    string Key,
    string FrameworkName,
    string? Principal,
    ImmutableArray<string> Roles,
    ImmutableSortedDictionary<string, string> AgentSelector)
{
    /// <summary>
    /// For the moment nobody is admitted by it, since what it needs for that is missing or wrong. The name is taken all the same: also
    /// where others may come unnamed, whoever calls itself so is refused.
    /// </summary>
    public bool AdmitsNobody { get; init; }
}

/// <summary>What becomes of a framework whose name is in no <see cref="FrameworkPolicy"/>.</summary>
public enum Admission
{
    /// <summary>It is refused with an ERROR event.</summary>
    Declared,

    /// <summary>It is admitted without limits.</summary>
    Open,
}
