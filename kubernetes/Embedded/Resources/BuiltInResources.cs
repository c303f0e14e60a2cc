using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.Resources;

/// <summary>The built-in resources this server has.</summary>
internal static class BuiltInResources
{
    private static readonly ImmutableArray<string> All = ["all"];

    public static IReadOnlyList<ResourceInfo> Create() =>
    [
        Core("bindings", "Binding") with { CreateOnly = true },
        Core("configmaps", "ConfigMap", "cm") with { Rules = new ConfigMapRules() },
        Core("endpoints", "Endpoints", "ep"),
        Core("events", "Event", "ev") with { Rules = new EventRules() },
        Core("limitranges", "LimitRange", "limits"),
        Core("namespaces", "Namespace", "ns") with
        {
            Namespaced = false, HasStatus = true, CanDeleteCollection = false, ReturnsDeleted = true, Rules = new NamespaceRules(),
        },
        Core("nodes", "Node", "no") with { Namespaced = false, HasStatus = true, Rules = new NodeRules() },
        Core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc") with { HasStatus = true, ReturnsDeleted = true, Rules = new PhaseRules("Pending") },
        Core("persistentvolumes", "PersistentVolume", "pv") with
        {
            Namespaced = false, HasStatus = true, ReturnsDeleted = true, Rules = new PhaseRules("Pending"),
        },
        Core("pods", "Pod", "po") with { HasStatus = true, ReturnsDeleted = true, Categories = All, Rules = new PodRules() },
        Core("replicationcontrollers", "ReplicationController", "rc") with
        {
            HasStatus = true, HasGeneration = true, Categories = All, Scale = WorkloadScale("spec.selector"), Rules = new WorkloadRules(),
        },
        Core("resourcequotas", "ResourceQuota", "quota") with { HasStatus = true, ReturnsDeleted = true },
        Core("secrets", "Secret") with { Rules = new SecretRules() },
        Core("serviceaccounts", "ServiceAccount", "sa") with { ReturnsDeleted = true },
        Core("services", "Service", "svc") with { HasStatus = true, Categories = All, CanDeleteCollection = false, Rules = new ServiceRules() },
        Named("apps", "v1", "controllerrevisions", "ControllerRevision"),
        Workload("daemonsets", "DaemonSet", "ds") with { Scale = null },
        Workload("deployments", "Deployment", "deploy"),
        Workload("replicasets", "ReplicaSet", "rs"),
        Workload("statefulsets", "StatefulSet", "sts"),
        Named("batch", "v1", "jobs", "Job") with { HasStatus = true, Categories = All, Rules = new WorkloadRules() },
        Named("coordination.k8s.io", "v1", "leases", "Lease") with { AllowsBlindUpdate = false, Rules = new LeaseRules() },
        Named("policy", "v1beta1", "poddisruptionbudgets", "PodDisruptionBudget", "pdb") with { AllowsBlindUpdate = false, HasStatus = true, HasGeneration = true },
        Rbac("clusterrolebindings", "ClusterRoleBinding") with { Namespaced = false },
        Rbac("clusterroles", "ClusterRole") with { Namespaced = false },
        Rbac("rolebindings", "RoleBinding"),
        Rbac("roles", "Role"),
        Review("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        Review("selfsubjectrulesreviews", "SelfSubjectRulesReview"),
        Review("subjectaccessreviews", "SubjectAccessReview"),
        Named("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", "pc") with { Namespaced = false, HasGeneration = true },
        Named("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", "crd", "crds") with
        {
            Namespaced = false, HasStatus = true, HasGeneration = true, AllowsBlindUpdate = false, Categories = ["api-extensions"], Rules = new CustomResources.DefinitionRules(),
        },
    ];

    private static ResourceInfo Core(string plural, string kind, params ImmutableArray<string> shortNames) => new()
    {
        Version = "v1", Plural = plural, Kind = kind, ShortNames = shortNames, Type = Type("", "v1", kind), Rules = PlainRules.Instance,
    };

    private static ResourceInfo Named(string group, string version, string plural, string kind, params ImmutableArray<string> shortNames) =>
        Core(plural, "Pod", shortNames) with { Group = group, Version = version, Kind = kind, Type = Type(group, version, kind) };

    private static ResourceInfo Workload(string plural, string kind, string shortName) => Named("apps", "v1", plural, kind, shortName) with
    {
        HasStatus = true, HasGeneration = true, Categories = All, Scale = WorkloadScale("spec.selector"), Rules = new WorkloadRules(),
    };

    private static ResourceInfo Rbac(string plural, string kind) =>
        Named("rbac.authorization.k8s.io", "v1", plural, kind) with { Rules = new PlainRules(pathSegmentName: true) };

    private static ResourceInfo Review(string plural, string kind) =>
        Named("authorization.k8s.io", "v1", plural, kind) with { Namespaced = false, CreateOnly = true };

    private static ScalePaths WorkloadScale(string selector) => new("spec.replicas", "status.replicas", selector);

    private static TypeNode.Struct Type(string group, string version, string kind) =>
        TypeCatalogue.BuiltIn.All.First(type => type.GroupVersionKind == $"{group}/{version}/{kind}");
}
