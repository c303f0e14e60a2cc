using System.Collections.Immutable;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Snapshots;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>Decides who is offered what next. Keeps no offers: those are the master's.</summary>
/// <remarks>Mesos: include/mesos/allocator/allocator.hpp.</remarks>
internal interface IAllocator
{
    /// <summary>When <see cref="Allocate"/> has something to look at; null while nothing changes.</summary>
    DateTimeOffset? NextRound { get; }

    /// <summary>A framework is known. It is offered nothing until <see cref="Activate"/>.</summary>
    void AddFramework(Framework framework);

    /// <summary>Its roles, capabilities or rule have changed.</summary>
    /// <param name="suppressed">The roles it wants no offers for; null leaves them as they are.</param>
    void UpdateFramework(Framework framework, IReadOnlyCollection<string>? suppressed);

    /// <summary>It is here and wants offers: at once.</summary>
    void Activate(Framework framework);

    /// <summary>It is away: no offers, and its filters are forgotten.</summary>
    void Deactivate(Framework framework);

    void RemoveFramework(Framework framework);

    /// <summary>Clears suppression and filters of these roles and looks at all agents at once.</summary>
    void Revive(Framework framework, IReadOnlyCollection<string> roles);

    void Suppress(Framework framework, IReadOnlyCollection<string> roles);

    /// <summary>Weights and quotas are these from now on. Offers that are out are the caller's concern.</summary>
    void SetRoles(RoleSettings settings);

    /// <summary>Whether a top-level role and those below it have, offers included, more than their limit of something.</summary>
    bool IsAboveLimit(string topRole);

    /// <returns>What a top-level role and those below it, offers included, lack of their guarantees: by name, in thousandths.</returns>
    ImmutableSortedDictionary<string, long> MissingOf(string topRole);

    /// <summary>An agent has come, come back, changed its resources or become schedulable: it is looked at, at once.</summary>
    void AddAgent(KnownAgent agent);

    /// <param name="before">What it had in all.</param>
    /// <param name="otherwiseChanged">More than resources has changed, so that refusals of it no longer hold.</param>
    void UpdateAgent(KnownAgent agent, Resources before, bool otherwiseChanged);

    /// <param name="before">What it had in all.</param>
    void RemoveAgent(KnownAgent agent, Resources before);

    /// <summary>These resources were found in the framework's use and count for it from now on.</summary>
    void Charge(FrameworkId framework, string role, Resources resources);

    /// <summary>They no longer do, and are free for others in the next periodic round.</summary>
    /// <param name="refuse">For how long the framework does not want them for this role; null or zero: no such wish.</param>
    void Refund(FrameworkId framework, string role, KnownAgent agent, Resources resources, TimeSpan? refuse);

    /// <summary>What each role that a framework has has got, in offers and in use. Costs a pass over roles.</summary>
    IEnumerable<RoleView> ReadRoles();

    /// <summary>Hands out what is free, as far as a round is due. What it hands out counts as offered already, everywhere.</summary>
    /// <returns>To be used up before the next call.</returns>
    IReadOnlyList<Grant> Allocate();
}

/// <summary>Resources of one agent for one role of one framework.</summary>
internal sealed record Grant(Framework Framework, string Role, KnownAgent Agent, Resources Resources);
