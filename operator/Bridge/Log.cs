using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Bridge;

internal static partial class Log
{
    [LoggerMessage(3200, LogLevel.Information, "This bridge leads, as master {Id}")]
    public static partial void TermBegins(this ILogger logger, string id);

    [LoggerMessage(3203, LogLevel.Information, "Everything that earlier masters left is known again: frameworks may connect")]
    public static partial void Serving(this ILogger logger);

    [LoggerMessage(3201, LogLevel.Information, "Master {Id} has stopped: {Why}")]
    public static partial void TermEnds(this ILogger logger, string id, string why);

    [LoggerMessage(3202, LogLevel.Warning, "What was under way could not be finished in {Timeout}: the lease is left to run out")]
    public static partial void NotDrained(this ILogger logger, TimeSpan timeout);
}
