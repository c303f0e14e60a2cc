using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Frameworks;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>RESERVE and UNRESERVE of a framework. Agents here can do all that newer Mesos agents can.</summary>
/// <remarks>Mesos: src/master/validation.cpp, namespace operation.</remarks>
internal static class ReservationRules
{
    public static string? Check(Operation.Types.Reserve reserve, Framework framework)
    {
        var error = CheckResources(reserve.Resources)
            ?? reserve.Resources.Select(r => CheckReserved(r, framework)).FirstOrDefault(e => e is not null);
        return error
            ?? (ResourceRules.CheckSingleRole(reserve.Resources) is { } roles ? $"Invalid reservation resources: {roles}" : null);
    }

    public static string? Check(Operation.Types.Unreserve unreserve) =>
        CheckResources(unreserve.Resources) ?? unreserve.Resources.Select(CheckUnreserved).FirstOrDefault(e => e is not null);

    private static string? CheckResources(IReadOnlyList<Resource> resources) =>
        (ResourceRules.Check(resources) ?? ResourceRules.CheckSingleProvider(resources)) is { } error ? $"Invalid resources: {error}" : null;

    private static string? CheckReserved(Resource resource, Framework framework) =>
        !ResourceRules.IsDynamicallyReserved(resource)
            ? $"Resource {ResourceText.Print(resource)} is not dynamically reserved"
            : CheckPrincipal(resource.Reservations[^1], framework.Principal)
                ?? CheckRole(resource.Reservations[^1].Role, resource.AllocationInfo.Role, framework);

    private static string? CheckPrincipal(Resource.Types.ReservationInfo reservation, string? principal) =>
        principal is null ? null
        : !reservation.HasPrincipal ?
            $"A reserve operation was attempted by principal '{principal}', but there is a reserved resource in the request"
            + " with no principal set"
        : reservation.Principal != principal ?
            $"A reserve operation was attempted by authenticated principal '{principal}', which does not match a reserved resource"
            + $" in the request with principal '{reservation.Principal}'"
        : null;

    private static string? CheckRole(string role, string allocated, Framework framework) =>
        role != allocated ?
            $"A reserve operation was attempted for a resource with role '{role}', but the resource was allocated to role '{allocated}'"
        : !framework.Traits.Roles.Contains(allocated) ?
            $"A reserve operation was attempted for a resource allocated to role '{allocated}', but the framework only has roles"
            + $" '{MesosText.Set(framework.Traits.Roles.Order(StringComparer.Ordinal))}'"
        : null;

    private static string? CheckUnreserved(Resource resource) =>
        !ResourceRules.IsDynamicallyReserved(resource) ? $"Resource {ResourceText.Print(resource)} is not dynamically reserved"
        : resource.Disk?.Persistence is not null ?
            $"A dynamically reserved persistent volume {ResourceText.Print(resource)} cannot be unreserved directly."
            + " Please destroy the persistent volume first then unreserve the resource"
        : null;
}
