using System.Collections.Immutable;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Roles;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master.Snapshots;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>What one snapshot of the master says of each framework and role. Made once, so that asking for all of them is no search each time.</summary>
internal sealed class SnapshotFigures
{
    private readonly Dictionary<FrameworkId, FrameworkView> _frameworks;
    private readonly Dictionary<string, int> _havingRole;
    private readonly Dictionary<string, ImmutableSortedDictionary<string, double>> _allocated;

    public SnapshotFigures(MasterSnapshot snapshot)
    {
        Snapshot = snapshot;
        _frameworks = snapshot.Frameworks.ToDictionary(framework => framework.Id);
        _havingRole = snapshot.Frameworks.SelectMany(framework => RolesOf(framework.Info)).CountBy(role => role).ToDictionary(StringComparer.Ordinal);
        _allocated = snapshot.Roles.ToDictionary(role => role.Role, role => role.Allocated, StringComparer.Ordinal);
    }

    public MasterSnapshot Snapshot { get; }

    public FrameworkFigures Of(FrameworkId framework) =>
        _frameworks.TryGetValue(framework, out var view)
            ? new FrameworkFigures(view.TasksByState, view.OffersOutstanding, Scalars(view.Used))
            : FrameworkFigures.None;

    public RoleFigures OfRole(string role) =>
        new(_havingRole.GetValueOrDefault(role), _allocated.GetValueOrDefault(role) ?? RoleFigures.None.Allocated);

    private static IEnumerable<string> RolesOf(FrameworkInfo info) =>
        info.Capabilities.Any(capability => capability.Type == FrameworkInfo.Types.Capability.Types.Type.MultiRole) ? info.Roles.Distinct() : [info.Role];

    private static ImmutableSortedDictionary<string, double> Scalars(IEnumerable<Resource> resources) =>
        resources.Where(resource => resource.Scalar is not null)
            .GroupBy(resource => resource.Name)
            .ToImmutableSortedDictionary(same => same.Key, same => Math.Round(same.Sum(resource => resource.Scalar.Value), 3), StringComparer.Ordinal);
}
