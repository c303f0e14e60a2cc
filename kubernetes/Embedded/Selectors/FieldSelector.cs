using MesosK8sBridge.Kubernetes.Embedded.Errors;

namespace MesosK8sBridge.Kubernetes.Embedded.Selectors;

/// <summary>Equality requirements on the few fields a resource allows to select by.</summary>
/// <remarks>Kubernetes: apimachinery/pkg/fields/selector.go.</remarks>
internal sealed class FieldSelector
{
    public static readonly FieldSelector Everything = new([]);

    private readonly IReadOnlyList<Term> _terms;

    private FieldSelector(IReadOnlyList<Term> terms) => _terms = terms;

    public bool IsEmpty => _terms.Count == 0;

    /// <exception cref="StatusException">400: not a selector, or of a field that cannot be selected by.</exception>
    public static FieldSelector Parse(string? text, Func<string, bool> supported)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Everything;
        }

        var terms = Split(text).Where(part => part.Length > 0).Select(Term.Parse).ToList();
        var unknown = terms.Find(term => !supported(term.Field));
        return unknown is null ? new FieldSelector(terms) : throw Failures.BadRequest($"field label not supported: {unknown.Field}");
    }

    public bool Matches(Func<string, string> valueOf) => _terms.All(term => valueOf(term.Field) == term.Value == term.Equal);

    private static IEnumerable<string> Split(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }

    private sealed record Term(string Field, string Value, bool Equal)
    {
        public static Term Parse(string text)
        {
            foreach (var (op, equal) in new[] { ("!=", false), ("==", true), ("=", true) })
            {
                if (text.IndexOf(op, StringComparison.Ordinal) is >= 0 and var at)
                {
                    return new Term(text[..at], Unescape(text[(at + op.Length)..]), equal);
                }
            }

            throw Failures.BadRequest($"invalid selector: '{text}'; can't understand '{text}'");
        }

        private static string Unescape(string value) =>
            value.Replace("\\,", ",", StringComparison.Ordinal).Replace("\\=", "=", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
    }
}
