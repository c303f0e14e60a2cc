using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Roles;

/// <summary>Says what a Mesos role is worth and what it may have, and tells what it has.</summary>
[KubernetesEntity(Group = "mesosbridge.io", ApiVersion = "v1alpha1", Kind = "MesosRole", PluralName = "mesosroles", Namespaced = false)]
public sealed class V1Alpha1MesosRole : KubernetesObject
{
    public V1Alpha1MesosRoleSpec Spec { get; set; } = new();

    public V1Alpha1MesosRoleStatus? Status { get; set; }
}

public sealed class V1Alpha1MesosRoleSpec : KubernetesModel
{
    /// <summary>E.g. <c>web/prod</c> or <c>*</c>; null: the resource's own name, which can be neither.</summary>
    public string? Role { get; set; }

    /// <summary>Above 0; null: 1.</summary>
    public double? Weight { get; set; }

    public V1Alpha1RoleQuota? Quota { get; set; }
}

/// <summary>By Mesos' names of scalar resources, in Mesos' units: cores, MiB, pieces.</summary>
public sealed class V1Alpha1RoleQuota : KubernetesModel
{
    public IDictionary<string, double>? Guarantees { get; set; }

    public IDictionary<string, double>? Limits { get; set; }
}

public sealed class V1Alpha1MesosRoleStatus : KubernetesModel
{
    /// <summary>Of the spec that the bridge last acted upon.</summary>
    public long? ObservedGeneration { get; set; }

    public string? Role { get; set; }

    /// <summary>What holds: 1 where nothing is accepted.</summary>
    public double? Weight { get; set; }

    /// <summary>How many registered frameworks have the role.</summary>
    public int? Frameworks { get; set; }

    /// <summary>In use by tasks and executors and in outstanding offers, of the roles under it as well.</summary>
    public IDictionary<string, double>? Allocated { get; set; }

    public V1Alpha1RoleSummary? Summary { get; set; }

    public IList<V1Condition>? Conditions { get; set; }
}

/// <summary>Amounts as Mesos writes them, for people: <c>cpus:4;mem:1024</c>.</summary>
public sealed class V1Alpha1RoleSummary : KubernetesModel
{
    public string? Guaranteed { get; set; }

    public string? Limit { get; set; }

    public string? Allocated { get; set; }
}
