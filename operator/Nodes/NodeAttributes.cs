using System.Collections.Immutable;
using System.Globalization;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using MesosAttribute = MesosK8sBridge.Protocol.V1.Attribute;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>
/// A node's labels as an agent's attributes, sorted by name: all of the administrators' own labels; of those that Kubernetes
/// sets, the few that say where and what the machine is. <c>attributes.mesosbridge.io/rack</c> is the attribute <c>rack</c>.
/// </summary>
/// <remarks>
/// Types are by setting, never by value: a label that is <c>1</c> on one node and <c>a</c> on another must have one type for
/// the constraints of frameworks. Mesos: src/common/attributes.cpp.
/// </remarks>
internal static class NodeAttributes
{
    private const string OwnPrefix = "attributes.mesosbridge.io/";

    private static readonly ImmutableHashSet<string> WellKnown =
    [
        "kubernetes.io/arch",
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "node.kubernetes.io/instance-type",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    ];

    public static ImmutableArray<MesosAttribute> Of(V1Node node, NodeSettings settings, NodeOverrides overrides) =>
    [
        .. (node.Metadata.Labels ?? new Dictionary<string, string>())
            .Where(label => WellKnown.Contains(label.Key) || !IsOfKubernetes(label.Key))
            .Select(label => Attribute(label.Key, label.Value, settings))
            .Where(attribute => !overrides.WithoutAttributes.Contains(attribute.Name) && overrides.Attributes.All(other => other.Name != attribute.Name))
            .Concat(overrides.Attributes)
            .OrderBy(attribute => attribute.Name, StringComparer.Ordinal),
    ];

    private static MesosAttribute Attribute(string label, string value, NodeSettings settings)
    {
        var attribute = new MesosAttribute { Name = label.StartsWith(OwnPrefix, StringComparison.Ordinal) ? label[OwnPrefix.Length..] : label };
        if (settings.ScalarLabels.Contains(label) && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            attribute.Type = Value.Types.Type.Scalar;
            attribute.Scalar = new Value.Types.Scalar { Value = number };
            return attribute;
        }

        attribute.Type = Value.Types.Type.Text;
        attribute.Text = new Value.Types.Text { Value = value };
        return attribute;
    }

    private static bool IsOfKubernetes(string label)
    {
        var slash = label.IndexOf('/', StringComparison.Ordinal);
        var domain = slash < 0 ? "" : label[..slash];
        return IsWithin(domain, "kubernetes.io") || IsWithin(domain, "k8s.io");
    }

    private static bool IsWithin(string domain, string parent) =>
        domain == parent || domain.EndsWith("." + parent, StringComparison.Ordinal);
}
