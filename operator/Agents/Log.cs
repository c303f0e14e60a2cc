using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Agents;

internal static partial class Log
{
    [LoggerMessage(3300, LogLevel.Warning, "MesosAgent {Name} could not be written, and is written later: {Message}")]
    public static partial void AgentNotWritten(this ILogger logger, string name, string message);
}
