using System.Text;
using System.Text.RegularExpressions;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Operator.Tests.Golden;

/// <summary>The rows of docs/pod-status.md. <c>UPDATE_GOLDEN=1</c> rewrites what comes out, to be reviewed as a diff.</summary>
internal static partial class StatusTable
{
    private static string Document => Repository.File("docs/pod-status.md");

    public static IReadOnlyList<StatusRow> Rows() => [.. File.ReadLines(Document).Select(Parse).OfType<StatusRow>()];

    /// <param name="outcomeOf">The cells after the two that say what is seen.</param>
    public static void Check(Func<StatusRow, IReadOnlyList<string>> outcomeOf)
    {
        var expected = File.ReadLines(Document).Select(line => Parse(line) is { } row ? Write(row with { Outcome = [.. outcomeOf(row).Select(Escaped)] }) : line).ToList();
        if (GoldenCase.IsUpdate)
        {
            File.WriteAllText(Document, string.Concat(expected.Select(line => line + "\n")), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }

        Assert.Equal(expected, File.ReadLines(Document));
    }

    private static StatusRow? Parse(string line) =>
        Row().Match(line) is { Success: true } row && Cells(row.Groups["rest"].Value) is [var seen, .. var outcome]
            ? new StatusRow(row.Groups["case"].Value, seen, outcome)
            : null;

    private static string[] Cells(string text) => [.. Bar().Split(text).Select(cell => cell.Trim())];

    private static string Write(StatusRow row) =>
        $"| [{row.Case}](../tests/Operator.Tests/Golden/Read/{row.Case}/pod.yaml) | {string.Join(" | ", row.Outcome.Prepend(row.Seen))} |";

    private static string Escaped(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal);

    [GeneratedRegex(@"^\| \[(?<case>[a-z0-9-]+)\]\(\.\./tests/Operator\.Tests/Golden/Read/[a-z0-9-]+/pod\.yaml\) \| (?<rest>.*) \|$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    [GeneratedRegex(@" \| ", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Bar();
}

/// <param name="Case">A folder of Golden/Read.</param>
/// <param name="Seen">In words. Of rows about task groups, what the second container does: a word of <see cref="GroupOf"/>, in bold.</param>
internal sealed record StatusRow(string Case, string Seen, string[] Outcome)
{
    public bool IsOfGroup => Seen.StartsWith("**", StringComparison.Ordinal);
}
