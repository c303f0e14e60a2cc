using System.Globalization;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cli;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Roles;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Snapshots;

namespace MesosK8sBridge.Operator.Agents;

/// <summary>Writes the status of a <see cref="V1Alpha1MesosAgent"/>. A function of its arguments.</summary>
internal static class AgentStatuses
{
    /// <param name="node">Null: there is no such node.</param>
    /// <param name="view">What the master knows of the agent; null if it does not know it.</param>
    public static V1Alpha1MesosAgentStatus Of(V1Alpha1MesosAgent resource, V1Node? node, AgentView? view, NodeSettings settings, DateTimeOffset now)
    {
        var overrides = node is null ? NodeOverrides.None : AgentSpecs.Overrides(resource, node);
        var (total, used, offered) = (Scalars(view?.Total ?? []), Scalars(view?.Used ?? []), Scalars(view?.Offered ?? []));
        return new V1Alpha1MesosAgentStatus
        {
            ObservedGeneration = resource.Metadata.Generation,
            AgentId = view?.Id.Value ?? (node is null ? null : NodeReader.AgentIdOf(node).Value),
            State = StateOf(view, node, settings, overrides),
            Tasks = view?.Tasks ?? 0,
            Total = total,
            Used = used,
            Offered = offered,
            Maintenance = view?.Facts?.Unavailability is { } window ? Write(window, view.Maintenance) : null,
            Summary = new V1Alpha1AgentSummary { Total = RoleSpecs.Summary(total), Used = RoleSpecs.Summary(used), Offered = RoleSpecs.Summary(offered) },
            Conditions = [Accepted(resource, node, now), Schedulable(resource, node, view, settings, overrides, now)],
        };
    }

    /// <summary>Whether people would want to know of a change at once: of more than amounts.</summary>
    public static bool IsUrgent(V1Alpha1MesosAgentStatus? before, V1Alpha1MesosAgentStatus after) =>
        before is null || before.State != after.State || before.AgentId != after.AgentId || before.ObservedGeneration != after.ObservedGeneration;

    private static string StateOf(AgentView? view, V1Node? node, NodeSettings settings, NodeOverrides overrides) => view switch
    {
        null => "Unknown",
        { Condition: AgentCondition.Unschedulable } when overrides.Exclude => "Excluded",
        { Condition: AgentCondition.Active or AgentCondition.Unschedulable, Facts.Unavailability: not null } => "Draining",
        { Condition: AgentCondition.Active } when node is not null && NodeReader.RestrictionOf(node, settings) is { } restriction => restriction.Reason,
        { Condition: AgentCondition.Active } => "Registered",
        _ => view.Condition.ToString(),
    };

    private static V1Condition Accepted(V1Alpha1MesosAgent resource, V1Node? node, DateTimeOffset now)
    {
        var (isTrue, reason, message) =
            AgentSpecs.Problem(resource.Spec) is { } problem ? (false, "InvalidSpec", problem)
            : node is null ? (false, "NoNode", $"There is no node '{resource.Metadata.Name}'")
            : !AgentSpecs.IsFor(resource, node) ? (false, "AnotherNode", "It belongs to a node of the same name that is no more")
            : (true, "Accepted", "It holds for the node of its name");
        return Conditions.Write(resource, resource.Status?.Conditions, "Accepted", isTrue, reason, message, now);
    }

    private static V1Condition Schedulable(
        V1Alpha1MesosAgent resource, V1Node? node, AgentView? view, NodeSettings settings, NodeOverrides overrides, DateTimeOffset now)
    {
        var closure =
            node is null ? new NodeClosure("NoNode", "There is no such node")
            : view?.Condition is AgentCondition.Active ? NodeReader.RestrictionOf(node, settings)
            : NodeReader.ClosureOf(node, settings, overrides)
                ?? (view is null ? new NodeClosure("Unknown", "The master has not heard of it yet") : new NodeClosure("Full", "The kubelet takes no more Pods"));
        return Conditions.Write(
            resource,
            resource.Status?.Conditions,
            "Schedulable",
            closure is null,
            closure?.Reason ?? "Schedulable",
            closure?.Message ?? "What is free is offered",
            now);
    }

    private static SortedDictionary<string, double> Scalars(IEnumerable<Resource> resources) => new(
        resources.Where(resource => resource.Scalar is not null)
            .GroupBy(resource => resource.Name)
            .ToDictionary(same => same.Key, same => Math.Round(same.Sum(resource => resource.Scalar.Value), 3)),
        StringComparer.Ordinal);

    private static V1Alpha1MaintenanceStatus Write(Unavailability window, IEnumerable<MaintenanceView> answers) => new()
    {
        Start = DateTimeOffset.UnixEpoch.AddTicks(window.Start.Nanoseconds / 100).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        Duration = window.Duration is { } length ? DurationText.Format(TimeSpan.FromTicks(length.Nanoseconds / 100)) : null,
        Answers =
        [
            .. answers.Select(answer => new V1Alpha1MaintenanceAnswer
            {
                FrameworkId = answer.Framework.Value,
                Answer = answer.Answer.ToString(),
                At = DateTimeOffset.FromUnixTimeSeconds(answer.At.ToUnixTimeSeconds()),
            }),
        ],
    };
}
