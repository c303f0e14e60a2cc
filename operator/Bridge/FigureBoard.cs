using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Roles;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Snapshots;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>The newest figures of all frameworks, taken from the master every now and then.</summary>
internal sealed class FigureBoard(MasterLoop loop, TimeSpan interval, TimeProvider clock)
{
    private volatile SnapshotFigures? _latest;

    /// <summary>Null until the master has been asked once.</summary>
    public MasterSnapshot? Latest => _latest?.Snapshot;

    public FrameworkFigures Of(FrameworkRegistration registration) => _latest?.Of(registration.Id) ?? FrameworkFigures.None;

    public RoleFigures OfRole(string role) => _latest?.OfRole(role) ?? RoleFigures.None;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var snapshot = await loop.SnapshotAsync(cancellationToken);
            if (!ReferenceEquals(snapshot, Latest))
            {
                _latest = new SnapshotFigures(snapshot);
            }

            await Task.Delay(interval, clock, cancellationToken);
        }
    }
}
