using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Roles;

internal static partial class Log
{
    [LoggerMessage(3200, LogLevel.Information, "{Roles} roles have a weight or a quota of their own")]
    public static partial void RolesReplaced(this ILogger logger, int roles);
}
