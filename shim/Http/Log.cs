using System.Net;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Shim.Http;

internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Information, "Listening on {Address}")]
    public static partial void Listening(this ILogger logger, IPEndPoint address);

    [LoggerMessage(1101, LogLevel.Information, "Stream {Stream} opened by framework '{Framework}' from {Remote}, in {MediaType}")]
    public static partial void StreamOpened(this ILogger logger, StreamId stream, string framework, EndPoint remote, string mediaType);

    [LoggerMessage(1102, LogLevel.Information, "Stream {Stream} ended")]
    public static partial void StreamEnded(this ILogger logger, StreamId stream);

    [LoggerMessage(1103, LogLevel.Warning,
        "Stream {Stream} cut: its framework reads too slowly, {Events} events of {Bytes} bytes in all were waiting for it")]
    public static partial void StreamCut(this ILogger logger, StreamId stream, int events, long bytes);

    [LoggerMessage(1104, LogLevel.Error, "The master gave no answer to a {Call} call within {Timeout}")]
    public static partial void NoAnswer(this ILogger logger, string call, TimeSpan timeout);

    [LoggerMessage(1105, LogLevel.Error, "A request to {Path} failed")]
    public static partial void RequestFailed(this ILogger logger, string path, Exception fault);
}
