using System.Net;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cli;

internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Information, "Listening on {Address}, in front of {Cluster}")]
    public static partial void Listening(this ILogger logger, IPEndPoint address, Uri cluster);

    [LoggerMessage(4002, LogLevel.Information, "Stopped")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(4003, LogLevel.Critical, "Cannot serve: {Reason}")]
    public static partial void CannotServe(this ILogger logger, string reason);
}
