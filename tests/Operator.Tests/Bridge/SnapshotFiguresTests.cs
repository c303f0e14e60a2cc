using System.Collections.Immutable;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Roles;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Snapshots;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class SnapshotFiguresTests
{
    private static readonly ImmutableSortedDictionary<string, double> Cpus = ImmutableSortedDictionary<string, double>.Empty.Add("cpus", 3);

    private readonly SnapshotFigures _figures = new(new MasterSnapshot(
        1,
        "M",
        [
            View("f1", new FrameworkInfo { Role = "web" }, offers: 1),
            View("f2", new FrameworkInfo { Roles = { "web", "eng", "web" }, Capabilities = { MultiRole } }, offers: 2),
            View("f3", new FrameworkInfo { Roles = { "web" } }, offers: 3),
        ],
        [],
        [],
        [new RoleView("eng", Cpus)]));

    private static FrameworkInfo.Types.Capability MultiRole => new() { Type = FrameworkInfo.Types.Capability.Types.Type.MultiRole };

    [Fact]
    public void A_framework_has_its_own_figures_and_an_unknown_one_none()
    {
        Assert.Equal(2, _figures.Of(new FrameworkId("f2")).Offers);
        Assert.Equal(["cpus 2", "mem 64"], _figures.Of(new FrameworkId("f2")).Used.Select(amount => $"{amount.Key} {amount.Value}"));
        Assert.Same(FrameworkFigures.None, _figures.Of(new FrameworkId("nobody")));
    }

    [Fact]
    public void A_role_counts_each_framework_that_has_it_once_by_the_field_that_counts()
    {
        Assert.Equal((2, 0), (_figures.OfRole("web").Frameworks, _figures.OfRole("web").Allocated.Count));
        Assert.Equal((1, 3), (_figures.OfRole("eng").Frameworks, _figures.OfRole("eng").Allocated["cpus"]));
        Assert.Equal(1, _figures.OfRole("*").Frameworks);
        Assert.Equal(RoleFigures.None, _figures.OfRole("nobody"));
    }

    private static FrameworkView View(string id, FrameworkInfo info, int offers) => new(
        new FrameworkId(id),
        info,
        null,
        FrameworkPhase.Connected,
        DateTimeOffset.UnixEpoch,
        null,
        null,
        ImmutableSortedDictionary<TaskState, int>.Empty,
        offers,
        [Scalar("cpus", 0.5), Scalar("cpus", 1.5), Scalar("mem", 64)],
        [],
        0);

    private static Resource Scalar(string name, double amount) =>
        new() { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount } };
}
