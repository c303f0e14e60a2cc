using System.Collections.Immutable;
using ValueType = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>Which labels of nodes become attributes of agents, under which name and of which type.</summary>
/// <param name="Pattern">
/// A label's key, or the beginning of keys and a <c>*</c>. <c>*</c> alone stands for what becomes an attribute where there are no rules: all of the administrators'
/// own labels; of those that Kubernetes sets, the few that say where and what the machine is.
/// </param>
/// <param name="Name">Of the attribute; a <c>*</c> in it is what the one in the pattern stands for. Null: the label's key.</param>
/// <param name="Type">By the rule, never by the value: a label that is <c>1</c> on one node and <c>a</c> on another has one type for the constraints of frameworks.</param>
/// <param name="LeavesOut">True: such a label becomes nothing.</param>
public sealed record AttributeRule(string Pattern, string? Name = null, ValueType Type = ValueType.Text, bool LeavesOut = false)
{
    /// <summary>Labels that are meant for attributes: <c>attributes.mesosbridge.io/rack</c> is the attribute <c>rack</c>.</summary>
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

    /// <summary>Where nobody says otherwise.</summary>
    public static ImmutableArray<AttributeRule> Defaults { get; } = [new AttributeRule("*")];

    /// <returns>Null if the rule is not for this label.</returns>
    public string? NameFor(string label)
    {
        if (Pattern == "*")
        {
            return WellKnown.Contains(label) || !IsOfKubernetes(label) ? Named(label.StartsWith(OwnPrefix, StringComparison.Ordinal) ? label[OwnPrefix.Length..] : label) : null;
        }

        if (!Pattern.EndsWith('*'))
        {
            return label == Pattern ? Name ?? label : null;
        }

        return label.AsSpan().StartsWith(Pattern.AsSpan(0, Pattern.Length - 1), StringComparison.Ordinal) && (Name is null ? label : Named(label[(Pattern.Length - 1)..])) is { Length: > 0 } name ? name : null;
    }

    private string Named(string rest) => Name is null ? rest : Name.Replace("*", rest, StringComparison.Ordinal);

    private static bool IsOfKubernetes(string label)
    {
        var slash = label.IndexOf('/', StringComparison.Ordinal);
        var domain = slash < 0 ? "" : label[..slash];
        return IsWithin(domain, "kubernetes.io") || IsWithin(domain, "k8s.io");
    }

    private static bool IsWithin(string domain, string parent) =>
        domain == parent || domain.EndsWith("." + parent, StringComparison.Ordinal);
}
