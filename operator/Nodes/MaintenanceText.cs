using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using MesosK8sBridge.Operator.Cli;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>When a machine will be out of service, as people write it: <c>2026-05-01T20:00:00Z</c>, <c>2026-05-01T22:00:00+02:00/2h30m</c>.</summary>
internal static class MaintenanceText
{
    /// <summary>Of a node, for those who may not write MesosAgents.</summary>
    public const string Annotation = "mesosbridge.io/maintenance";

    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <param name="problem">What is wrong, in words for whoever wrote it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Unavailability? window, [NotNullWhen(false)] out string? problem)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return TryParse(slash < 0 ? text : text[..slash], slash < 0 ? null : text[(slash + 1)..], out window, out problem);
    }

    /// <param name="duration">Null: nobody knows how long it will take.</param>
    public static bool TryParse(string start, string? duration, [NotNullWhen(true)] out Unavailability? window, [NotNullWhen(false)] out string? problem)
    {
        window = null;
        problem = null;
        if (!TryParseTime(start, out var from))
        {
            problem = $"'{start}' is not a time with its zone, e.g. 2026-05-01T20:00:00Z";
            return false;
        }

        var length = TimeSpan.Zero;
        if (duration is not null && (!DurationText.TryParse(duration, out length) || length == TimeSpan.Zero))
        {
            problem = $"'{duration}' is not a duration, e.g. 2h30m";
            return false;
        }

        window = From(from, duration is null ? null : length);
        return true;
    }

    public static Unavailability From(DateTimeOffset start, TimeSpan? duration = null)
    {
        var window = new Unavailability { Start = new TimeInfo { Nanoseconds = Nanoseconds(start - DateTimeOffset.UnixEpoch) } };
        if (duration is { } length)
        {
            window.Duration = new DurationInfo { Nanoseconds = Nanoseconds(length) };
        }

        return window;
    }

    /// <summary>RFC 3339 with a zone, between the years that nanoseconds since 1970 can tell apart.</summary>
    private static bool TryParseTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out time)
        && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal))
        && time.Year is >= 1971 and <= 2200;

    private static long Nanoseconds(TimeSpan time) => time.Ticks * 100;
}
