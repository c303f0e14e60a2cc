using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Tasks;

namespace MesosK8sBridge.Shim.Master.Snapshots;

/// <summary>What the master believes, for readers. Immutable; taken in the master's loop, read anywhere.</summary>
/// <param name="Version">Grows with each input handled; two snapshots with the same version are the same.</param>
/// <param name="Frameworks">Registered ones, in the order of registration.</param>
/// <param name="Roles">In no order.</param>
/// <param name="Completed">Those whose ids are not accepted again, the first to end first.</param>
public sealed record MasterSnapshot(
    long Version,
    string MasterId,
    ImmutableArray<FrameworkView> Frameworks,
    ImmutableArray<FrameworkRegistration> Completed,
    ImmutableArray<AgentView> Agents,
    ImmutableArray<RoleView> Roles);

/// <summary>One role that a framework has, or that has such a role below it.</summary>
/// <param name="Allocated">
/// Names of scalars and their amounts, by tasks and executors and in outstanding offers, of the roles below it as well: what shares and
/// limits are reckoned by.
/// </param>
public sealed record RoleView(string Role, ImmutableSortedDictionary<string, double> Allocated);

/// <summary>One framework as readers see it.</summary>
/// <param name="ConnectedSince">Start of its latest subscription; null while it is not connected.</param>
/// <param name="TasksByState">Newest known state; ended tasks until their end is acknowledged. States without tasks are left out.</param>
/// <param name="Used">By tasks and their executors, without allocation info.</param>
/// <param name="LossesHeld">Tasks that seem lost, but are not told to be; see <see cref="MasterOptions.MaxLosses"/>.</param>
public sealed record FrameworkView(
    FrameworkId Id,
    FrameworkInfo Info,
    string? PolicyKey,
    FrameworkPhase Phase,
    DateTimeOffset RegisteredAt,
    DateTimeOffset? ConnectedSince,
    DateTimeOffset? FailoverDeadline,
    ImmutableSortedDictionary<TaskState, int> TasksByState,
    int OffersOutstanding,
    ImmutableArray<Resource> Used,
    ImmutableArray<Resource> Offered,
    int LossesHeld)
{
    internal static FrameworkView Of(Framework framework) => new(
        framework.Id,
        framework.Info,
        framework.Policy?.Key,
        framework.Phase,
        framework.RegisteredAt,
        framework.Connected ? framework.ReregisteredAt : null,
        framework.FailoverDeadline,
        framework.TaskCounts.ToImmutable(),
        framework.Offers.Count,
        [.. framework.Used.ToProtobuf()],
        [.. framework.Offered.ToProtobuf()],
        framework.Losses.Held.Count);
}

public enum AgentCondition
{
    /// <summary>Tasks of an earlier life of the master name it; it has not been seen in this one.</summary>
    Awaited,

    /// <summary>It is there, and offers of it are made.</summary>
    Active,

    /// <summary>It is there, its tasks go on, but nothing new is started on it.</summary>
    Unschedulable,

    /// <summary>It has been silent for too long.</summary>
    Unreachable,

    /// <summary>It is gone for good, but the loss of some of its tasks is held back.</summary>
    Gone,
}

/// <summary>What a framework has said about an agent's maintenance.</summary>
public enum MaintenanceAnswer
{
    /// <summary>Nothing yet; it has been asked.</summary>
    Asked,

    /// <summary>It will have left in time.</summary>
    Accepted,

    /// <summary>It will not.</summary>
    Declined,
}

/// <summary>What one framework has said last about an agent's planned maintenance.</summary>
/// <param name="At">When it said so, or was asked first.</param>
/// <remarks>Mesos: include/mesos/allocator/allocator.proto, InverseOfferStatus.</remarks>
public sealed record MaintenanceView(FrameworkId Framework, MaintenanceAnswer Answer, DateTimeOffset At);

/// <summary>One agent as readers see it.</summary>
/// <param name="Facts">Null while it is awaited.</param>
/// <param name="Maintenance">
/// Who has been asked to leave before its maintenance, and what they said, by framework id. Forgotten when the maintenance changes, and
/// when the master restarts.
/// </param>
public sealed record AgentView(
    AgentId Id,
    Agent? Facts,
    AgentCondition Condition,
    int Tasks,
    ImmutableArray<Resource> Used,
    ImmutableArray<Resource> Offered,
    ImmutableArray<MaintenanceView> Maintenance)
{
    public ImmutableArray<Resource> Total => Facts?.Total ?? [];

    internal static AgentView Of(KnownAgent agent) => new(
        agent.Id,
        agent.Facts,
        ConditionOf(agent),
        agent.Tasks.Count,
        [.. agent.Used.ToProtobuf()],
        [.. agent.Offered.ToProtobuf()],
        [.. (agent.Maintenance?.Answers.Values.AsEnumerable() ?? []).OrderBy(a => a.Framework.Value, StringComparer.Ordinal)]);

    private static AgentCondition ConditionOf(KnownAgent agent) => agent.State switch
    {
        AgentState.Awaited => AgentCondition.Awaited,
        AgentState.Unreachable => AgentCondition.Unreachable,
        AgentState.Removed => AgentCondition.Gone,
        _ => agent.Offerable ? AgentCondition.Active : AgentCondition.Unschedulable,
    };
}
