using MesosK8sBridge.Kubernetes.Informers;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Credentials;

internal static partial class Log
{
    [LoggerMessage(3300, LogLevel.Warning, "The bridge may not get Secret '{Secret}' that MesosFramework {Resource} names: nobody is admitted by it")]
    public static partial void SecretForbidden(this ILogger logger, ObjectKey resource, string secret);

    [LoggerMessage(3301, LogLevel.Warning, "{Count} Secrets could not be read in {Timeout}: frameworks whose credentials they hold are refused until they are")]
    public static partial void SecretsUnread(this ILogger logger, int count, TimeSpan timeout);
}
