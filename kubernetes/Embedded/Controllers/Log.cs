using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Controllers;

internal static partial class Log
{
    [LoggerMessage(2510, LogLevel.Warning, "{Controller} could not follow a change of {Resource} {Name}")]
    public static partial void ControllerFailed(this ILogger logger, Exception exception, string controller, string resource, string name);
}
