using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What checks and health checks must look like.</summary>
/// <remarks>Mesos: src/common/validation.cpp, validateCheckInfo and validateHealthCheck.</remarks>
internal static class CheckRules
{
    public static string? Check(CheckInfo check) => CheckKind(check) ?? CheckTimes(
        ("delay_seconds", check.DelaySeconds), ("interval_seconds", check.IntervalSeconds), ("timeout_seconds", check.TimeoutSeconds));

    public static string? Check(HealthCheck check) => CheckKind(check) ?? CheckTimes(
        ("delay_seconds", check.DelaySeconds),
        ("grace_period_seconds", check.GracePeriodSeconds),
        ("interval_seconds", check.IntervalSeconds),
        ("timeout_seconds", check.TimeoutSeconds));

    private static string? CheckKind(CheckInfo check) => check.Type switch
    {
        _ when !check.HasType => "CheckInfo must specify 'type'",
        CheckInfo.Types.Type.Command when check.Command is null => "Expecting 'command' to be set for COMMAND check",
        CheckInfo.Types.Type.Command => CheckCommand(check.Command.Command_, "Command check", "Check"),
        CheckInfo.Types.Type.Http when check.Http is null => "Expecting 'http' to be set for HTTP check",
        CheckInfo.Types.Type.Http => CheckPath(check.Http.HasPath, check.Http.Path, "HTTP check"),
        CheckInfo.Types.Type.Tcp when check.Tcp is null => "Expecting 'tcp' to be set for TCP check",
        CheckInfo.Types.Type.Tcp => null,
        _ => "'UNKNOWN' is not a valid check type",
    };

    private static string? CheckKind(HealthCheck check) => check.Type switch
    {
        _ when !check.HasType => "HealthCheck must specify 'type'",
        HealthCheck.Types.Type.Command when check.Command is null => "Expecting 'command' to be set for COMMAND health check",
        HealthCheck.Types.Type.Command => CheckCommand(check.Command, "Command health check", "Health check"),
        HealthCheck.Types.Type.Http when check.Http is null => "Expecting 'http' to be set for HTTP health check",
        HealthCheck.Types.Type.Http when check.Http.HasScheme && check.Http.Scheme is not ("http" or "https") =>
            $"Unsupported HTTP health check scheme: '{check.Http.Scheme}'",
        HealthCheck.Types.Type.Http => CheckPath(check.Http.HasPath, check.Http.Path, "HTTP health check"),
        HealthCheck.Types.Type.Tcp when check.Tcp is null => "Expecting 'tcp' to be set for TCP health check",
        HealthCheck.Types.Type.Tcp => null,
        _ => "'UNKNOWN' is not a valid health check type",
    };

    private static string? CheckCommand(CommandInfo command, string kind, string owner)
    {
        if (!command.HasValue)
        {
            return $"{kind} must contain {(command.Shell ? "'shell command'" : "'executable path'")}";
        }

        return CommandRules.Check(command) is { } error ? $"{owner}'s `CommandInfo` is invalid: {error}" : null;
    }

    private static string? CheckPath(bool has, string path, string kind) =>
        has && !path.StartsWith('/') ? $"The path '{path}' of {kind} must start with '/'" : null;

    private static string? CheckTimes(params ReadOnlySpan<(string Name, double Seconds)> times)
    {
        foreach (var (name, seconds) in times)
        {
            if (!(seconds >= 0))
            {
                return $"Expecting '{name}' to be non-negative";
            }
        }

        return null;
    }
}
