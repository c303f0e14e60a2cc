using System.Globalization;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosAttribute = MesosK8sBridge.Protocol.V1.Attribute;

namespace MesosK8sBridge.Operator.Agents;

/// <summary>What the spec of a <see cref="V1Alpha1MesosAgent"/> means. Functions of their arguments.</summary>
internal static class AgentSpecs
{
    private const double MostCores = 1e6;
    private const double MostMebibytes = 1L << 40;

    /// <summary>
    /// One that belongs to another node of the same name, which was there before, says nothing of this one. Nor does a spec that is not
    /// sound: it is told in the status, and is not acted upon by halves.
    /// </summary>
    public static NodeOverrides Overrides(V1Alpha1MesosAgent? resource, V1Node node) =>
        resource?.Spec is { } spec && IsFor(resource, node) && Problem(spec) is null ? Read(spec) : NodeOverrides.None;

    public static bool IsFor(V1Alpha1MesosAgent resource, V1Node node) => OwnerOf(resource) is not { } owner || owner.Uid == node.Uid();

    /// <summary>The node with which it goes; null if somebody made it who wanted it to stay.</summary>
    public static V1OwnerReference? OwnerOf(V1Alpha1MesosAgent resource) =>
        resource.Metadata.OwnerReferences?.FirstOrDefault(owner => owner is { ApiVersion: "v1", Kind: "Node" });

    public static V1Alpha1MesosAgent New(V1Node node) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = node.Name(),
            Labels = new Dictionary<string, string> { ["app.kubernetes.io/managed-by"] = "mesos-bridge" },
            OwnerReferences = [new V1OwnerReference { ApiVersion = "v1", Kind = "Node", Name = node.Name(), Uid = node.Uid() }],
        },
        Spec = new V1Alpha1MesosAgentSpec(),
    };

    /// <summary>The same checks as in the CustomResourceDefinition, for API servers that do not know all of its rules.</summary>
    /// <returns>Null if there is nothing to complain about.</returns>
    public static string? Problem(V1Alpha1MesosAgentSpec? spec) =>
        spec is null ? null
        : Amount("cpus", spec.Headroom?.Cpus, MostCores) ?? Amount("mem", spec.Headroom?.Mem, MostMebibytes) ?? Amount("disk", spec.Headroom?.Disk, MostMebibytes)
        ?? (spec.Attributes?.Set ?? []).Select(Problem).FirstOrDefault(problem => problem is not null)
        ?? (spec.Ports?.Any(range => range is not { Begin: >= 1, End: <= PortText.Last } || range.End < range.Begin) is true
            ? $"spec.ports: a range does not go from one port to another, 1 to {PortText.Last}"
            : null)
        ?? ((spec.Attributes?.Set ?? []).GroupBy(attribute => attribute.Name).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? $"spec.attributes.set: '{twice.Key}' is there twice"
            : null)
        ?? (spec.Maintenance is { } maintenance && !MaintenanceText.TryParse(maintenance.Start ?? "", maintenance.Duration, out _, out var problem)
            ? $"spec.maintenance: {problem}"
            : null);

    private static NodeOverrides Read(V1Alpha1MesosAgentSpec spec) => new()
    {
        HeadroomMilliCpus = spec.Headroom?.Cpus is { } cpus ? (long)Math.Ceiling(cpus * 1000) : null,
        HeadroomMem = spec.Headroom?.Mem is { } mem ? (long)Math.Ceiling(mem) : null,
        HeadroomDisk = spec.Headroom?.Disk is { } disk ? (long)Math.Ceiling(disk) : null,
        Ports = spec.Ports is { } ports ? RangeSet.Of([.. ports.Select(range => ((ulong)range.Begin!.Value, (ulong)range.End!.Value))]) : null,
        Attributes = [.. (spec.Attributes?.Set ?? []).Select(Read)],
        WithoutAttributes = [.. spec.Attributes?.Remove ?? []],
        Exclude = spec.Exclude is true,
        Maintenance = spec.Maintenance is { } maintenance && MaintenanceText.TryParse(maintenance.Start ?? "", maintenance.Duration, out var window, out _) ? window : null,
    };

    private static MesosAttribute Read(V1Alpha1AgentAttribute given)
    {
        var attribute = new MesosAttribute { Name = given.Name };
        if (given.Scalar is { } scalar)
        {
            attribute.Type = Value.Types.Type.Scalar;
            attribute.Scalar = new Value.Types.Scalar { Value = scalar };
        }
        else if (given.Ranges is { } ranges)
        {
            attribute.Type = Value.Types.Type.Ranges;
            attribute.Ranges = new Value.Types.Ranges
            {
                Range = { ranges.Select(range => new Value.Types.Range { Begin = (ulong)range.Begin!.Value, End = (ulong)range.End!.Value }) },
            };
        }
        else if (given.Set is { } set)
        {
            attribute.Type = Value.Types.Type.Set;
            attribute.Set = new Value.Types.Set { Item = { set } };
        }
        else
        {
            attribute.Type = Value.Types.Type.Text;
            attribute.Text = new Value.Types.Text { Value = given.Text };
        }

        return attribute;
    }

    private static string? Problem(V1Alpha1AgentAttribute attribute) =>
        string.IsNullOrEmpty(attribute.Name) ? "spec.attributes.set: an attribute has a name"
        : new object?[] { attribute.Text, attribute.Scalar, attribute.Ranges, attribute.Set }.Count(value => value is not null) != 1
            ? $"spec.attributes.set: '{attribute.Name}' has exactly one of text, scalar, ranges and set"
        : attribute.Scalar is { } scalar && !double.IsFinite(scalar) ? $"spec.attributes.set: '{attribute.Name}' is not finite"
        : attribute.Ranges?.Any(range => range is not { Begin: >= 0, End: { } end } || end < range.Begin) is true
            ? $"spec.attributes.set: a range of '{attribute.Name}' does not begin at or before its end"
        : null;

    private static string? Amount(string name, double? amount, double most) =>
        amount is { } given && !(given >= 0 && given <= most)
            ? string.Create(CultureInfo.InvariantCulture, $"spec.headroom.{name}: {given} is not from 0 to {most}")
            : null;
}
