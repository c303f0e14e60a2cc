using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;
using MesosAttribute = MesosK8sBridge.Protocol.V1.Attribute;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>A node's labels as an agent's attributes.</summary>
/// <param name="All">Sorted by name, each name once.</param>
/// <param name="Problems">Labels that are left out, because their values are not of the type they should be, or because another one has their name.</param>
internal sealed record NodeAttributes(ImmutableArray<MesosAttribute> All, ImmutableArray<NodeProblem> Problems)
{
    private const string Reason = "InvalidAttribute";

    /// <summary>For each label the first rule that is for it; of two labels for one name the one of the earlier rule.</summary>
    public static NodeAttributes Of(V1Node node, NodeSettings settings, NodeOverrides overrides)
    {
        var taken = new SortedDictionary<string, MesosAttribute>(StringComparer.Ordinal);
        var problems = ImmutableArray.CreateBuilder<NodeProblem>();
        foreach (var found in Find(node, settings).Where(found => !IsOverridden(found.Name, overrides)))
        {
            if (AttributeText.TryRead(found.Name, found.Rule.Type, found.Value, out var problem) is not { } attribute)
            {
                problems.Add(new NodeProblem(Reason, $"Label {found.Label} is no attribute: '{found.Value}' {problem}"));
            }
            else if (!taken.TryAdd(found.Name, attribute))
            {
                problems.Add(new NodeProblem(Reason, $"Label {found.Label} is no attribute: another label is '{found.Name}' already"));
            }
        }

        foreach (var attribute in overrides.Attributes)
        {
            taken[attribute.Name] = attribute;
        }

        return new NodeAttributes([.. taken.Values], problems.ToImmutable());
    }

    private static IEnumerable<Found> Find(V1Node node, NodeSettings settings) =>
        (node.Metadata.Labels ?? new Dictionary<string, string>())
            .Select(label => Find(label.Key, label.Value, settings.Attributes))
            .OfType<Found>()
            .OrderBy(found => found.Place)
            .ThenBy(found => found.Label, StringComparer.Ordinal);

    private static Found? Find(string label, string value, ImmutableArray<AttributeRule> rules)
    {
        foreach (var (place, rule) in rules.Index())
        {
            if (rule.NameFor(label) is { } name)
            {
                return rule.LeavesOut ? null : new Found(place, rule, label, name, value);
            }
        }

        return null;
    }

    private static bool IsOverridden(string name, NodeOverrides overrides) =>
        overrides.WithoutAttributes.Contains(name) || overrides.Attributes.Any(other => other.Name == name);

    private sealed record Found(int Place, AttributeRule Rule, string Label, string Name, string Value);
}
