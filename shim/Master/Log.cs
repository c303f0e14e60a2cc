using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Shim.Master;

internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Critical, "{What}: the process cannot go on")]
    public static partial void Fatal(this ILogger logger, string what, Exception fault);
}
