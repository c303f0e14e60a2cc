using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes;

/// <summary>All that this assembly logs: events 2000 to 2499.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Listed {Count} {Kind} at {ResourceVersion}: {Added} added, {Updated} updated, {Deleted} deleted")]
    public static partial void Listed(this ILogger logger, int count, string kind, string? resourceVersion, int added, int updated, int deleted);

    [LoggerMessage(2001, LogLevel.Warning, "Listing {Kind} failed; what is known stays as it is, next attempt in {Delay}")]
    public static partial void ListFailed(this ILogger logger, Exception failure, string kind, TimeSpan delay);

    [LoggerMessage(2002, LogLevel.Information, "Watch of {Kind} broke at {ResourceVersion}: {Why}; goes on in {Delay}")]
    public static partial void WatchBroke(this ILogger logger, string kind, string? resourceVersion, string why, TimeSpan delay);

    [LoggerMessage(2003, LogLevel.Information, "Watch of {Kind} is too far behind at {ResourceVersion}: listing again")]
    public static partial void WatchExpired(this ILogger logger, string kind, string? resourceVersion);

    [LoggerMessage(2004, LogLevel.Error, "A handler of {Kind} failed; it has missed one event")]
    public static partial void HandlerFailed(this ILogger logger, Exception failure, string kind);

    [LoggerMessage(2005, LogLevel.Error, "The API server refuses to show {Kind}: {Message}; next attempt in {Delay}")]
    public static partial void ListRefused(this ILogger logger, string kind, string message, TimeSpan delay);

    [LoggerMessage(2100, LogLevel.Warning, "Working on {Key} failed {Failures} times in a row, next attempt in {Delay}")]
    public static partial void WorkFailed(this ILogger logger, Exception failure, object key, int failures, TimeSpan delay);

    [LoggerMessage(2200, LogLevel.Warning, "{Dropped} Kubernetes events could not be recorded: more came than are taken")]
    public static partial void EventsDropped(this ILogger logger, long dropped);

    [LoggerMessage(2201, LogLevel.Warning, "The Kubernetes event {Reason} of {Kind} {Namespace}/{Name} could not be recorded")]
    public static partial void EventFailed(this ILogger logger, Exception failure, string? reason, string? kind, string? @namespace, string? name);

    [LoggerMessage(2300, LogLevel.Information, "{Identity} leads by lease {Namespace}/{Name}")]
    public static partial void Leading(this ILogger logger, string identity, string @namespace, string name);

    [LoggerMessage(2301, LogLevel.Information, "{Identity} no longer leads: {Why}")]
    public static partial void LedUntil(this ILogger logger, string identity, string why);

    [LoggerMessage(2302, LogLevel.Information, "The leader is {Leader}")]
    public static partial void LeaderIs(this ILogger logger, string leader);

    [LoggerMessage(2303, LogLevel.Warning, "Lease {Namespace}/{Name} could not be read or written: {Why}")]
    public static partial void LeaseFailed(this ILogger logger, string @namespace, string name, string why);

    [LoggerMessage(2304, LogLevel.Critical, "{Identity} lost its lease {Since} ago and still acts as leader: another may have started")]
    public static partial void Overstayed(this ILogger logger, string identity, TimeSpan since);
}
