using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Agents;

/// <summary>The agent behind the node of the same name: what an administrator says of it, and what the master knows of it.</summary>
[KubernetesEntity(Group = "mesosbridge.io", ApiVersion = "v1alpha1", Kind = "MesosAgent", PluralName = "mesosagents", Namespaced = false)]
public sealed class V1Alpha1MesosAgent : KubernetesObject
{
    public V1Alpha1MesosAgentSpec? Spec { get; set; }

    public V1Alpha1MesosAgentStatus? Status { get; set; }
}

public sealed class V1Alpha1MesosAgentSpec : KubernetesModel
{
    /// <summary>In place of what <c>--headroom</c> says, amount by amount.</summary>
    public V1Alpha1Headroom? Headroom { get; set; }

    public V1Alpha1AgentAttributes? Attributes { get; set; }

    /// <summary>Offered in place of those of <c>--ports</c>; empty: none.</summary>
    public IList<V1Alpha1Range>? Ports { get; set; }

    /// <summary>No offers are made of it; its tasks go on.</summary>
    public bool? Exclude { get; set; }

    public V1Alpha1Maintenance? Maintenance { get; set; }
}

/// <summary>Cores and MiB.</summary>
public sealed class V1Alpha1Headroom : KubernetesModel
{
    public double? Cpus { get; set; }

    public double? Mem { get; set; }

    public double? Disk { get; set; }
}

public sealed class V1Alpha1AgentAttributes : KubernetesModel
{
    /// <summary>Added, or in place of those of the same name.</summary>
    public IList<V1Alpha1AgentAttribute>? Set { get; set; }

    /// <summary>Names that are left out.</summary>
    public IList<string>? Remove { get; set; }
}

/// <summary>Exactly one of text, scalar, ranges and set.</summary>
public sealed class V1Alpha1AgentAttribute : KubernetesModel
{
    public string? Name { get; set; }

    public string? Text { get; set; }

    public double? Scalar { get; set; }

    public IList<V1Alpha1Range>? Ranges { get; set; }

    public IList<string>? Set { get; set; }
}

public sealed class V1Alpha1Range : KubernetesModel
{
    public long? Begin { get; set; }

    /// <summary>Inclusive.</summary>
    public long? End { get; set; }
}

/// <summary>When the machine will be out of service.</summary>
public sealed class V1Alpha1Maintenance : KubernetesModel
{
    /// <summary>RFC 3339.</summary>
    public string? Start { get; set; }

    /// <summary>E.g. <c>2h30m</c>; null: nobody knows.</summary>
    public string? Duration { get; set; }
}

public sealed class V1Alpha1MesosAgentStatus : KubernetesModel
{
    /// <summary>Of the spec that the bridge last acted upon.</summary>
    public long? ObservedGeneration { get; set; }

    public string? AgentId { get; set; }

    /// <summary><c>Registered</c>, <c>Tainted</c>, <c>Unschedulable</c>, <c>Draining</c>, <c>Excluded</c>, <c>Unreachable</c>, <c>Gone</c> or <c>Unknown</c>.</summary>
    public string? State { get; set; }

    /// <summary>Those not acknowledged as ended.</summary>
    public int? Tasks { get; set; }

    /// <summary>Names of scalars and their amounts: cores, MiB, pieces.</summary>
    public IDictionary<string, double>? Total { get; set; }

    public IDictionary<string, double>? Used { get; set; }

    public IDictionary<string, double>? Offered { get; set; }

    /// <summary>What frameworks are told, wherever it comes from, and what they have said.</summary>
    public V1Alpha1MaintenanceStatus? Maintenance { get; set; }

    public V1Alpha1AgentSummary? Summary { get; set; }

    public IList<V1Condition>? Conditions { get; set; }
}

public sealed class V1Alpha1MaintenanceStatus : KubernetesModel
{
    public string? Start { get; set; }

    public string? Duration { get; set; }

    /// <summary>Of the frameworks that have been asked to leave. Forgotten when the bridge restarts: they are asked again.</summary>
    public IList<V1Alpha1MaintenanceAnswer>? Answers { get; set; }
}

public sealed class V1Alpha1MaintenanceAnswer : KubernetesModel
{
    public string? FrameworkId { get; set; }

    /// <summary><c>Asked</c>, <c>Accepted</c> or <c>Declined</c>.</summary>
    public string? Answer { get; set; }

    public DateTimeOffset? At { get; set; }
}

/// <summary>Amounts as Mesos writes them, for people: <c>cpus:4;mem:1024</c>.</summary>
public sealed class V1Alpha1AgentSummary : KubernetesModel
{
    public string? Total { get; set; }

    public string? Used { get; set; }

    public string? Offered { get; set; }
}
