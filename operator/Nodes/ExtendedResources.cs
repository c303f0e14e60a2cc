using System.Collections.Immutable;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>Extended resources of Kubernetes under the names by which frameworks of Mesos know them. Immutable.</summary>
/// <remarks>Whole pieces only: Kubernetes has no halves of them.</remarks>
public sealed class ExtendedResources : IEquatable<ExtendedResources>
{
    /// <summary>Mesos' own name for devices of this kind.</summary>
    public const string Gpus = "gpus";

    private readonly ImmutableSortedDictionary<string, string> _devices;

    private ExtendedResources(ImmutableSortedDictionary<string, string> devices)
    {
        _devices = devices;
        Names = [.. devices.Keys.OrderBy(name => name != Gpus).ThenBy(name => name, StringComparer.Ordinal)];
        Devices = [.. Names.Select(name => devices[name])];
    }

    /// <summary><c>gpus</c> are <c>nvidia.com/gpu</c>.</summary>
    public static ExtendedResources Default { get; } =
        new(ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal).Add(Gpus, "nvidia.com/gpu"));

    /// <summary>In Mesos, in the order of offers.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>In Kubernetes, in the order of <see cref="Names"/>.</summary>
    public ImmutableArray<string> Devices { get; }

    /// <summary>The resource of Kubernetes behind a name of Mesos'; null if there is none.</summary>
    public string? DeviceOf(string name) => _devices.GetValueOrDefault(name);

    /// <param name="name">In Mesos; not one of cpus, mem, disk and ports.</param>
    /// <param name="device">In Kubernetes, e.g. <c>example.com/fpga</c>.</param>
    public ExtendedResources With(string name, string device) => DeviceOf(name) == device ? this : new(_devices.SetItem(name, device));

    public bool Equals(ExtendedResources? other) => other is not null && _devices.SequenceEqual(other._devices);

    public override bool Equals(object? obj) => Equals(obj as ExtendedResources);

    public override int GetHashCode() => HashCode.Combine(_devices.Count, Devices[0]);
}
