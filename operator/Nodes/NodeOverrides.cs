using System.Collections.Immutable;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosAttribute = MesosK8sBridge.Protocol.V1.Attribute;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What an administrator says of one node. What is null is as everywhere.</summary>
internal sealed record NodeOverrides
{
    public static NodeOverrides None { get; } = new();

    public long? HeadroomMilliCpus { get; init; }

    /// <summary>MiB.</summary>
    public long? HeadroomMem { get; init; }

    /// <summary>MiB.</summary>
    public long? HeadroomDisk { get; init; }

    /// <summary>Handed out as host ports; empty: none are.</summary>
    public RangeSet? Ports { get; init; }

    /// <summary>Added, or in place of those of the same name.</summary>
    public ImmutableArray<MesosAttribute> Attributes { get; init; } = [];

    /// <summary>Names of attributes that are left out.</summary>
    public ImmutableArray<string> WithoutAttributes { get; init; } = [];

    /// <summary>No offers are made of it; its tasks go on.</summary>
    public bool Exclude { get; init; }

    /// <summary>Wins over what the node itself tells of its maintenance.</summary>
    public Unavailability? Maintenance { get; init; }
}
