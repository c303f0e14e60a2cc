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

    [LoggerMessage(1106, LogLevel.Warning, "Too many calls of stream {Stream} from {Remote}: one has waited {Timeout} and is asked to come again")]
    public static partial void TooManyCalls(this ILogger logger, string stream, EndPoint remote, TimeSpan timeout);

    [LoggerMessage(1107, LogLevel.Information, "New certificate {Subject}, good until {NotAfter:u}")]
    public static partial void CertificateLoaded(this ILogger logger, string subject, DateTime notAfter);

    [LoggerMessage(1108, LogLevel.Error, "{Certificate} and {Key} are no certificate with its key, the one before is kept: {Reason}")]
    public static partial void CertificateBroken(this ILogger logger, string certificate, string key, string reason);

    [LoggerMessage(1109, LogLevel.Error, "{Certificate} and {Key} cannot be read, the certificate is kept: {Reason}")]
    public static partial void CertificateUnreadable(this ILogger logger, string certificate, string key, string reason);

    [LoggerMessage(1105, LogLevel.Error, "A request to {Path} failed")]
    public static partial void RequestFailed(this ILogger logger, string path, Exception fault);
}
