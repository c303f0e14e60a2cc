using System.Collections.Immutable;
using MesosK8sBridge.Operator.Nodes;
using ValueType = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>
/// Rules for attributes as options have them: <c>rack</c>, <c>topology.kubernetes.io/zone=zone</c>, <c>example.com/*=*</c>, <c>level:scalar</c>, <c>!beta.example.com/*</c>.
/// </summary>
internal static class AttributeRuleText
{
    private static readonly ImmutableDictionary<string, ValueType> Types = new Dictionary<string, ValueType>
    {
        ["text"] = ValueType.Text, ["scalar"] = ValueType.Scalar, ["ranges"] = ValueType.Ranges, ["set"] = ValueType.Set,
    }.ToImmutableDictionary(StringComparer.Ordinal);

    public static Reading<ImmutableArray<AttributeRule>> Read(IReadOnlyList<string> texts)
    {
        var rules = ImmutableArray.CreateBuilder<AttributeRule>();
        foreach (var text in texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (Read(text, out var rule) is { } problem)
            {
                return Reading<ImmutableArray<AttributeRule>>.Bad($"'{text}': {problem}");
            }

            rules.Add(rule);
        }

        return rules.ToImmutable();
    }

    /// <returns>What is wrong; null if nothing is.</returns>
    private static string? Read(string text, out AttributeRule rule)
    {
        var leavesOut = text.StartsWith('!');
        var (rest, type) = Cut(leavesOut ? text[1..] : text, text.LastIndexOf(':') - (leavesOut ? 1 : 0));
        var (pattern, name) = Cut(rest, rest.IndexOf('=', StringComparison.Ordinal));
        var known = ValueType.Text;
        rule = new AttributeRule(pattern, name, known, leavesOut);
        if (leavesOut && (type is not null || name is not null))
        {
            return "a rule that leaves labels out has neither name nor type";
        }

        if (type is not null && !Types.TryGetValue(type, out known))
        {
            return $"'{type}' is none of text, scalar, ranges, set";
        }

        rule = rule with { Type = known };
        return PatternProblem(pattern) ?? (name is null ? null : NameProblem(name, pattern));
    }

    private static string? PatternProblem(string pattern) =>
        pattern.Length > 0 && pattern.AsSpan(0, pattern.Length - 1).IndexOf('*') < 0 && pattern.All(IsOfLabels)
            ? null
            : "not a rule [!]LABEL[=NAME][:TYPE], in which LABEL is the key of a label, or its beginning and a '*'";

    private static string? NameProblem(string name, string pattern) =>
        name.Length == 0 || !name.All(IsOfLabels) ? $"'{name}' is no name of an attribute"
        : name.Count(each => each == '*') > 1 ? $"'{name}' has more than one '*'"
        : pattern.EndsWith('*') && !name.Contains('*', StringComparison.Ordinal) ? $"several labels cannot all be '{name}': put a '*' in it"
        : name.Contains('*', StringComparison.Ordinal) && !pattern.EndsWith('*') ? $"'{pattern}' has nothing for the '*' in '{name}'"
        : null;

    private static bool IsOfLabels(char each) => char.IsAsciiLetterOrDigit(each) || each is '-' or '_' or '.' or '/' or '*';

    private static (string Before, string? After) Cut(string text, int at) => at >= 0 ? (text[..at], text[(at + 1)..]) : (text, null);
}
