using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Http;

internal static partial class Log
{
    [LoggerMessage(2500, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string method, string path);
}
