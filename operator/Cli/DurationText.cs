using System.Globalization;
using System.Text.RegularExpressions;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>Durations as people write them: <c>500ms</c>, <c>1h30m</c>, and as Mesos' tools do: <c>10secs</c>, <c>2mins</c>.</summary>
internal static partial class DurationText
{
    private const double MostSeconds = 10L * 365 * 24 * 3600;

    public static bool TryParse(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        var match = Form().Match(text);
        if (!match.Success)
        {
            return false;
        }

        var seconds = match.Groups["number"].Captures.Zip(match.Groups["unit"].Captures)
            .Sum(part => double.Parse(part.First.Value, CultureInfo.InvariantCulture) * SecondsOf(part.Second.Value));
        if (seconds > MostSeconds)
        {
            return false;
        }

        value = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <returns>The shortest form that <see cref="TryParse"/> reads back.</returns>
    public static string Format(TimeSpan value)
    {
        if (value < TimeSpan.FromSeconds(1))
        {
            return value == TimeSpan.Zero ? "0s" : string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds:0.###}ms");
        }

        var parts = new[] { (value.Days, "d"), (value.Hours, "h"), (value.Minutes, "m") }.Where(part => part.Item1 > 0);
        var seconds = value.TotalSeconds % 60;
        return string.Concat(parts.Select(part => $"{part.Item1}{part.Item2}"))
            + (seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###}s") : "");
    }

    private static double SecondsOf(string unit) => unit switch
    {
        "ms" => 0.001,
        "s" or "sec" or "secs" => 1,
        "m" or "min" or "mins" => 60,
        "h" or "hr" or "hrs" or "hour" or "hours" => 3600,
        "d" or "day" or "days" => 24 * 3600,
        _ => 7 * 24 * 3600,
    };

    [GeneratedRegex("^((?<number>[0-9]{1,12}(\\.[0-9]{1,9})?)(?<unit>ms|secs?|s|mins?|m|hrs?|hours?|h|days?|d|weeks?|w))+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
