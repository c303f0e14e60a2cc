using System.Collections.Immutable;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Roles;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Snapshots;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>The newest figures of all frameworks, taken from the master every now and then.</summary>
internal sealed class FigureBoard(MasterLoop loop, TimeSpan interval, TimeProvider clock)
{
    private volatile MasterSnapshot? _latest;

    /// <summary>Null until the master has been asked once.</summary>
    public MasterSnapshot? Latest => _latest;

    public FrameworkFigures Of(FrameworkRegistration registration) =>
        _latest?.Frameworks.FirstOrDefault(framework => framework.Id == registration.Id) is { } view
            ? new FrameworkFigures(view.TasksByState, view.OffersOutstanding, Scalars(view.Used))
            : FrameworkFigures.None;

    public RoleFigures OfRole(string role)
    {
        if (_latest is not { } snapshot)
        {
            return RoleFigures.None;
        }

        var having = snapshot.Frameworks.Count(framework => RolesOf(framework.Info).Contains(role));
        var view = snapshot.Roles.FirstOrDefault(other => other.Role == role);
        return new RoleFigures(having, view?.Allocated ?? RoleFigures.None.Allocated);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            _latest = await loop.SnapshotAsync(cancellationToken);
            await Task.Delay(interval, clock, cancellationToken);
        }
    }

    private static string[] RolesOf(FrameworkInfo info) =>
        info.Capabilities.Any(capability => capability.Type == FrameworkInfo.Types.Capability.Types.Type.MultiRole) ? [.. info.Roles] : [info.Role];

    private static ImmutableSortedDictionary<string, double> Scalars(IEnumerable<Resource> resources) =>
        resources.Where(resource => resource.Scalar is not null)
            .GroupBy(resource => resource.Name)
            .ToImmutableSortedDictionary(same => same.Key, same => Math.Round(same.Sum(resource => resource.Scalar.Value), 3), StringComparer.Ordinal);
}
