using System.Text.RegularExpressions;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master.Frameworks;
using Attribute = MesosK8sBridge.Protocol.V1.Attribute;
using Pseudo = MesosK8sBridge.Protocol.V1.Scheduler.AttributeConstraint.Types.Selector.Types.PseudoattributeType;
using PredicateCase = MesosK8sBridge.Protocol.V1.Scheduler.AttributeConstraint.Types.Predicate.PredicateOneofCase;
using SelectorCase = MesosK8sBridge.Protocol.V1.Scheduler.AttributeConstraint.Types.Selector.SelectorOneofCase;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>The agents that a framework says it can use, by role: one of a role's groups must hold in all its parts.</summary>
/// <remarks>Mesos: src/master/allocator/mesos/offer_constraints_filter.cpp.</remarks>
internal sealed class AgentConstraints
{
    /// <summary>Mesos bounds the compiled pattern instead; both keep what a framework can make the master do small.</summary>
    private const int LongestRegex = 1024;

    private readonly Dictionary<string, Func<Agent, bool>[][]> _groups = [];

    private AgentConstraints()
    {
    }

    public static AgentConstraints None { get; } = new();

    /// <returns>What is wrong, in Mesos' words; null if nothing is.</returns>
    public static string? Parse(OfferConstraints? constraints, FrameworkTraits traits, out AgentConstraints parsed)
    {
        parsed = None;
        if (constraints is null)
        {
            return null;
        }

        if (constraints.RoleConstraints.Keys.Order(StringComparer.Ordinal).FirstOrDefault(r => !traits.Roles.Contains(r)) is { } strange)
        {
            // The missing blank is Mesos' own.
            return $"Offer constraints specify `role_constraints` for a role '{strange}'not contained in the set of roles";
        }

        var made = new AgentConstraints();
        foreach (var (role, groups) in constraints.RoleConstraints)
        {
            if (made.Add(role, groups) is { } error)
            {
                return $"Offer constraints are not valid: {error}";
            }
        }

        parsed = made;
        return null;
    }

    public bool Allow(string role, Agent agent) =>
        !_groups.TryGetValue(role, out var groups)
        || Array.Exists(groups, group => Array.TrueForAll(group, constraint => constraint(agent)));

    private string? Add(string role, OfferConstraints.Types.RoleConstraints constraints)
    {
        if (constraints.Groups.Count == 0)
        {
            return $"'OfferConstraints::role_constraints' has an empty 'RoleConstraints::groups' for role {role}";
        }

        var groups = new List<Func<Agent, bool>[]>();
        foreach (var group in constraints.Groups)
        {
            if (group.AttributeConstraints.Count == 0)
            {
                // The missing blank is Mesos' own here, too.
                return $"'OfferConstraints::RoleConstraints::groups' for role {role}contains an empty RoleConstraints::Group";
            }

            var parts = new List<Func<Agent, bool>>();
            foreach (var constraint in group.AttributeConstraints)
            {
                if (Compile(constraint, out var part) is { } error)
                {
                    return $"A role {role} has an invalid 'AttributeConstraint': {error}";
                }

                parts.Add(part);
            }

            groups.Add([.. parts]);
        }

        _groups[role] = [.. groups];
        return null;
    }

    private static string? Compile(AttributeConstraint constraint, out Func<Agent, bool> holds)
    {
        holds = _ => true;
        if (CompileSelector(constraint.Selector, out var select) is { } wrongSelector)
        {
            return wrongSelector;
        }

        if (CompilePredicate(constraint.Predicate, out var test) is { } wrongPredicate)
        {
            return wrongPredicate;
        }

        holds = agent => test(select(agent));
        return null;
    }

    private static string? CompileSelector(AttributeConstraint.Types.Selector selector, out Func<Agent, Found> select)
    {
        select = _ => Found.Nothing;
        switch (selector.SelectorCase)
        {
            case SelectorCase.AttributeName:
                var name = selector.AttributeName;
                select = agent => Found.In(agent.Attributes.FirstOrDefault(a => a.Name == name));
                return null;
            case SelectorCase.PseudoattributeType when selector.PseudoattributeType == Pseudo.Hostname:
                select = agent => new Found(true, agent.Hostname);
                return null;
            case SelectorCase.PseudoattributeType when selector.PseudoattributeType == Pseudo.Region:
                select = agent => Found.Maybe(agent.Domain?.FaultDomain?.Region?.Name);
                return null;
            case SelectorCase.PseudoattributeType when selector.PseudoattributeType == Pseudo.Zone:
                select = agent => Found.Maybe(agent.Domain?.FaultDomain?.Zone?.Name);
                return null;
            case SelectorCase.PseudoattributeType:
                return "Unknown pseudoattribute type";
            default:
                return "Exactly one of 'AttributeConstraint::Selector::name' or 'AttributeConstraint::Selector::pseudoattribute_type' must be set";
        }
    }

    /// <summary>What is there but is no text passes every test of text.</summary>
    private static string? CompilePredicate(AttributeConstraint.Types.Predicate predicate, out Func<Found, bool> test)
    {
        test = _ => true;
        switch (predicate.PredicateCase)
        {
            case PredicateCase.Exists:
                test = found => found.Exists;
                return null;
            case PredicateCase.NotExists:
                test = found => !found.Exists;
                return null;
            case PredicateCase.TextEquals:
                var wanted = predicate.TextEquals.Value;
                test = found => found.Exists && (found.Text is null || found.Text == wanted);
                return null;
            case PredicateCase.TextNotEquals:
                var unwanted = predicate.TextNotEquals.Value;
                test = found => found.Text is null || found.Text != unwanted;
                return null;
            case PredicateCase.TextMatches:
                var error = CompileRegex(predicate.TextMatches.Regex, out var match);
                test = found => found.Exists && (found.Text is null || match(found.Text));
                return error;
            case PredicateCase.TextNotMatches:
                error = CompileRegex(predicate.TextNotMatches.Regex, out var avoid);
                test = found => found.Text is null || !avoid(found.Text);
                return error;
            default:
                return "Unknown predicate type";
        }
    }

    /// <summary>Matches the whole text, in time linear to its length.</summary>
    private static string? CompileRegex(string pattern, out Func<string, bool> matches)
    {
        matches = _ => false;
        try
        {
            if (pattern.Length > LongestRegex)
            {
                return $"Failed to construct regex from pattern '{pattern[..64]}…': pattern too large - compile failed";
            }

            var regex = new Regex(
                $@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Regex.InfiniteMatchTimeout);
            matches = text => regex.IsMatch(text);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return $"Failed to construct regex from pattern '{pattern}': {e.Message}";
        }
    }

    /// <param name="Text">Null for what is no text.</param>
    private readonly record struct Found(bool Exists, string? Text)
    {
        public static Found Nothing => default;

        public static Found Maybe(string? text) => new(text is not null, text);

        public static Found In(Attribute? attribute) =>
            attribute is null ? Nothing : new Found(true, attribute.Type == Value.Types.Type.Text ? attribute.Text?.Value : null);
    }
}
