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
    private static readonly ImmutableSortedDictionary<string, string> Nothing = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>
    /// For the moment nobody is admitted by it, since what it needs for that is missing or wrong. The name is taken all the same: also
    /// where others may come unnamed, whoever calls itself so is refused.
    /// </summary>
    public bool AdmitsNobody { get; init; }

    /// <summary>Lead past the barriers of agents.</summary>
    public ImmutableArray<BarrierPass> Passes { get; init; } = [];

    /// <param name="policy">Null: of a framework that no rule names.</param>
    /// <returns>Whether a framework may be offered the agent, as far as administrators say.</returns>
    public static bool Lets(FrameworkPolicy? policy, Agent agent) =>
        agent.Barriers.All(barrier => policy is not null && policy.Passes.Any(pass => pass.Opens(barrier)))
        && (policy is null || policy.AgentSelector.All(wanted => agent.Labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value));

    /// <summary>Whether both let a framework have the same agents.</summary>
    internal static bool AreSameForAgents(FrameworkPolicy? left, FrameworkPolicy? right) =>
        (left?.AgentSelector ?? Nothing).SequenceEqual(right?.AgentSelector ?? Nothing) && (left?.Passes ?? []).SequenceEqual(right?.Passes ?? []);
}

/// <summary>What becomes of a framework whose name is in no <see cref="FrameworkPolicy"/>.</summary>
public enum Admission
{
    /// <summary>It is refused with an ERROR event.</summary>
    Declared,

    /// <summary>It is admitted without limits.</summary>
    Open,
}
