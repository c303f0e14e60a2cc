using System.Globalization;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Validation;

namespace MesosK8sBridge.Kubernetes.Embedded.Selectors;

/// <summary>Equality- and set-based requirements on labels, all of which must hold.</summary>
/// <remarks>Kubernetes: apimachinery/pkg/labels/selector.go.</remarks>
internal sealed class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);

    private readonly IReadOnlyList<Requirement> _requirements;

    private LabelSelector(IReadOnlyList<Requirement> requirements) => _requirements = requirements;

    public bool IsEmpty => _requirements.Count == 0;

    /// <exception cref="StatusException">400: the text is not a selector.</exception>
    public static LabelSelector Parse(string? text) =>
        string.IsNullOrEmpty(text) ? Everything : new LabelSelector(new Parser(text).Requirements());

    /// <summary>Of a <c>metav1.LabelSelector</c> object.</summary>
    public static LabelSelector From(JsonObject? selector)
    {
        var requirements = new List<Requirement>();
        foreach (var (key, value) in selector.Object("matchLabels") ?? [])
        {
            requirements.Add(new Requirement(key, Operator.In, [value.Text() ?? ""]));
        }

        foreach (var expression in selector.Array("matchExpressions").Objects())
        {
            var values = expression.Array("values").Strings().ToList();
            requirements.Add(new Requirement(expression.Text("key") ?? "", Enum.Parse<Operator>(expression.Text("operator") ?? "In"), values));
        }

        return new LabelSelector(requirements);
    }

    public bool Matches(JsonObject? labels) => _requirements.All(requirement => requirement.Holds(labels));

    private enum Operator
    {
        In,
        NotIn,
        Exists,
        DoesNotExist,
        GreaterThan,
        LessThan,
    }

    private sealed record Requirement(string Key, Operator Operator, IReadOnlyList<string> Values)
    {
        public bool Holds(JsonObject? labels)
        {
            var value = labels.Text(Key);
            return Operator switch
            {
                Operator.In => value is not null && Values.Contains(value),
                Operator.NotIn => value is null || !Values.Contains(value),
                Operator.Exists => value is not null,
                Operator.DoesNotExist => value is null,
                Operator.GreaterThan => long.TryParse(value, CultureInfo.InvariantCulture, out var v) && v > long.Parse(Values[0], CultureInfo.InvariantCulture),
                _ => long.TryParse(value, CultureInfo.InvariantCulture, out var v) && v < long.Parse(Values[0], CultureInfo.InvariantCulture),
            };
        }
    }

    private sealed class Parser(string text)
    {
        private int _position;

        public List<Requirement> Requirements()
        {
            var result = new List<Requirement>();
            while (true)
            {
                if (Peek().Length == 0)
                {
                    if (result.Count > 0)
                    {
                        throw Wrong("found '', expected: identifier after ','");
                    }

                    return result;
                }

                result.Add(One());
                var separator = Next();
                if (separator.Length == 0)
                {
                    return result;
                }

                if (separator != ",")
                {
                    throw Wrong($"found '{separator}', expected: ',' or 'end of string'");
                }
            }
        }

        private Requirement One()
        {
            var negated = Peek() == "!";
            if (negated)
            {
                Next();
            }

            var key = Next();
            if (key.Length == 0 || !IsWord(key))
            {
                throw Wrong($"found '{key}', expected: !, identifier, or 'end of string'");
            }

            Check(Names.QualifiedName(key), "invalid label key", key);
            if (negated)
            {
                return new Requirement(key, Operator.DoesNotExist, []);
            }

            if (Peek() is "" or ",")
            {
                return new Requirement(key, Operator.Exists, []);
            }

            return Next() switch
            {
                "=" or "==" => new Requirement(key, Operator.In, [Value(key)]),
                "!=" => new Requirement(key, Operator.NotIn, [Value(key)]),
                "in" => new Requirement(key, Operator.In, Set(key)),
                "notin" => new Requirement(key, Operator.NotIn, Set(key)),
                ">" => new Requirement(key, Operator.GreaterThan, [Whole(key)]),
                "<" => new Requirement(key, Operator.LessThan, [Whole(key)]),
                var other => throw Wrong($"found '{other}', expected: '=', '!=', '==', 'in', notin'"),
            };
        }

        private string Value(string key)
        {
            if (Peek() is "" or ",")
            {
                return "";
            }

            var value = Next();
            if (!IsWord(value))
            {
                throw Wrong($"found '{value}', expected: identifier");
            }

            Check(Names.LabelValue(value), $"invalid label value: \"{value}\": at key: \"{key}\"", value);
            return value;
        }

        private string Whole(string key)
        {
            var value = Value(key);
            return long.TryParse(value, CultureInfo.InvariantCulture, out _)
                ? value
                : throw Failures.BadRequest("unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer");
        }

        private List<string> Set(string key)
        {
            if (Next() is not "(" and var found)
            {
                throw Wrong($"found '{found}' expected: '('");
            }

            var values = new List<string>();
            while (true)
            {
                if (Peek() == ")")
                {
                    Next();
                    if (values.Count == 0)
                    {
                        values.Add("");
                    }

                    return values;
                }

                values.Add(Peek() == "," ? "" : Value(key));
                if (Peek() == ",")
                {
                    Next();
                }
                else if (Peek() != ")")
                {
                    throw Wrong($"found '{Peek()}', expected: ',' or ')'");
                }
            }
        }

        private static void Check(string? problem, string what, string shown)
        {
            if (problem is not null)
            {
                throw Failures.BadRequest(what.Contains(':', StringComparison.Ordinal)
                    ? $"unable to parse requirement: {what}: {problem}"
                    : $"unable to parse requirement: {what} \"{shown}\": {problem}");
            }
        }

        private static bool IsWord(string token) => token[0] is not ('(' or ')' or ',' or '=' or '!' or '<' or '>');

        private string Peek()
        {
            var position = _position;
            var token = Next();
            _position = position;
            return token;
        }

        private string Next()
        {
            while (_position < text.Length && char.IsWhiteSpace(text[_position]))
            {
                _position++;
            }

            if (_position == text.Length)
            {
                return "";
            }

            var start = _position++;
            if (!IsSpecial(text[start]))
            {
                while (_position < text.Length && !IsSpecial(text[_position]) && !char.IsWhiteSpace(text[_position]))
                {
                    _position++;
                }
            }
            else if (text[start] is '=' or '!' && _position < text.Length && text[_position] == '=')
            {
                _position++;
            }

            return text[start.._position];
        }

        private static bool IsSpecial(char c) => c is '(' or ')' or ',' or '=' or '!' or '<' or '>';

        private static StatusException Wrong(string detail) => Failures.BadRequest("unable to parse requirement: " + detail);
    }
}
