using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Shim;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Frameworks;

internal static partial class Log
{
    [LoggerMessage(3100, LogLevel.Error, "The stored registration of framework {Id} cannot be read: it is left out")]
    public static partial void UnreadableRegistration(this ILogger logger, string id);

    [LoggerMessage(3101, LogLevel.Information, "Created MesosFramework {Resource} for framework '{Name}'")]
    public static partial void ResourceCreated(this ILogger logger, ObjectKey resource, string name);

    [LoggerMessage(3102, LogLevel.Warning, "MesosFramework {Resource} is being deleted: framework {Framework} is torn down with it")]
    public static partial void TearsDown(this ILogger logger, string resource, FrameworkId framework);

    [LoggerMessage(3103, LogLevel.Warning, "It is confirmed that {Tasks} tasks of framework {Framework} are lost")]
    public static partial void LossesConfirmed(this ILogger logger, FrameworkId framework, int tasks);
}
