using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Roles;

/// <summary>Writes the status of a <see cref="V1Alpha1MesosRole"/>. A function of its arguments.</summary>
internal static class RoleStatuses
{
    /// <param name="precedence">The resource that counts instead of this one, if there is one.</param>
    public static V1Alpha1MesosRoleStatus Of(V1Alpha1MesosRole resource, V1Alpha1MesosRole? precedence, RoleFigures figures, DateTimeOffset now)
    {
        var accepted = Accepted(resource, precedence, now);
        var holds = accepted.Status == "True";
        return new V1Alpha1MesosRoleStatus
        {
            ObservedGeneration = resource.Metadata.Generation,
            Role = RoleSpecs.RoleOf(resource),
            Weight = holds ? resource.Spec.Weight ?? 1 : null,
            Frameworks = figures.Frameworks,
            Allocated = new SortedDictionary<string, double>(figures.Allocated, StringComparer.Ordinal),
            Summary = new V1Alpha1RoleSummary
            {
                Guaranteed = holds ? RoleSpecs.Summary(resource.Spec.Quota?.Guarantees ?? new Dictionary<string, double>()) : null,
                Limit = holds ? RoleSpecs.Summary(resource.Spec.Quota?.Limits ?? new Dictionary<string, double>()) : null,
                Allocated = RoleSpecs.Summary(figures.Allocated),
            },
            Conditions = [accepted],
        };
    }

    private static V1Condition Accepted(V1Alpha1MesosRole resource, V1Alpha1MesosRole? precedence, DateTimeOffset now) =>
        RoleSpecs.Problem(resource) is { } problem ? Conditions.Write(resource, resource.Status?.Conditions, "Accepted", false, "InvalidSpec", problem, now)
        : precedence is not null
            ? Conditions.Write(
                resource,
                resource.Status?.Conditions,
                "Accepted",
                false,
                "Duplicate",
                $"{precedence.Metadata.Name} is for the same role, '{RoleSpecs.RoleOf(resource)}', and is older",
                now)
            : Conditions.Write(
                resource, resource.Status?.Conditions, "Accepted", true, "Accepted", $"It holds for role '{RoleSpecs.RoleOf(resource)}'", now);
}
