using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using CheckType = MesosK8sBridge.Protocol.V1.CheckInfo.Types.Type;
using HealthType = MesosK8sBridge.Protocol.V1.HealthCheck.Types.Type;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// A task's health check or check as its container's readiness probe. The kubelet counts the failures; that a task which has failed
/// so often is killed is the bridge's doing, as it is the executor's in Mesos: the kubelet would kill without telling why.
/// </summary>
/// <remarks>Mesos: src/checks/health_checker.cpp, src/checks/checker_process.cpp.</remarks>
internal static class TaskProbe
{
    /// <summary>Seconds; for a timeout of 0, which is none in Mesos.</summary>
    private const double LongestTimeout = 3600;

    public static V1Probe? Of(TaskInfo task) => task switch
    {
        { HealthCheck: { } health } => Timed(Action(health), health.DelaySeconds, health.IntervalSeconds, health.TimeoutSeconds, Math.Max(1, Failures(health) - 1)),
        { Check: { } check } => Timed(Action(check), check.DelaySeconds, check.IntervalSeconds, check.TimeoutSeconds, failures: 1),
        _ => null,
    };

    public static Refusal? Problem(TaskInfo task)
    {
        if (task.HealthCheck is null && task.Check is null)
        {
            return null;
        }

        if (task.HealthCheck is not null && task.Check is not null)
        {
            return Refusal.Invalid("'health_check' and 'check' together are not supported: a kubelet reports one result");
        }

        return (task.HealthCheck is { } health ? Action(health) : Action(task.Check!)) is null
            ? Refusal.Invalid("The check does not say what to do")
            : Problem(task.HealthCheck?.Command ?? task.Check?.Command?.Command_, task.Command);
    }

    /// <summary>
    /// How long after its start a task that has never been healthy has failed too often: failures before the end of the grace period
    /// do not count.
    /// </summary>
    public static TimeSpan LongestStart(HealthCheck health) => Spans.OfSeconds(
        Math.Max(health.DelaySeconds, health.GracePeriodSeconds)
        + (Failures(health) * (double)Seconds(health.IntervalSeconds))
        + Seconds(Timeout(health.TimeoutSeconds)));

    /// <summary>Between one result of a check and the next, at the longest.</summary>
    public static TimeSpan OneCheck(HealthCheck health) =>
        Spans.OfSeconds((double)Seconds(health.IntervalSeconds) + Seconds(Timeout(health.TimeoutSeconds)));

    /// <remarks>Mesos kills at the first failure when told 0 (src/checks/health_checker.cpp, HealthChecker::processCheckResult).</remarks>
    private static int Failures(HealthCheck health) => (int)Math.Clamp(health.ConsecutiveFailures, 1, int.MaxValue);

    private static V1Probe Timed(V1Probe? action, double delay, double interval, double timeout, int failures)
    {
        var probe = action ?? new V1Probe();
        probe.InitialDelaySeconds = (int)Math.Ceiling(Math.Clamp(delay, 0, int.MaxValue));
        probe.PeriodSeconds = Seconds(interval);
        probe.TimeoutSeconds = Seconds(Timeout(timeout));
        probe.FailureThreshold = failures;
        return probe;
    }

    private static double Timeout(double timeout) => timeout > 0 ? timeout : LongestTimeout;

    private static int Seconds(double seconds) => (int)Math.Ceiling(Math.Clamp(seconds, 1, int.MaxValue));

    private static V1Probe? Action(HealthCheck health) => health switch
    {
        { Type: HealthType.Command, Command: { } command } => Exec(command),
        { Type: HealthType.Http, Http: { } http } => HttpGet(http.Port, http.Path, http.HasScheme ? http.Scheme : "http"),
        { Type: HealthType.Tcp, Tcp: { } tcp } => Connect(tcp.Port),
        _ => null,
    };

    private static V1Probe? Action(CheckInfo check) => check switch
    {
        { Type: CheckType.Command, Command.Command_: { } command } => Exec(command),
        { Type: CheckType.Http, Http: { } http } => HttpGet(http.Port, http.Path, "http"),
        { Type: CheckType.Tcp, Tcp: { } tcp } => Connect(tcp.Port),
        _ => null,
    };

    private static V1Probe Exec(CommandInfo command)
    {
        var variables = (command.Environment?.Variables ?? []).Select(variable => $"{variable.Name}={variable.Value}").ToList();
        IList<string> executed = ContainerCommand.Executed(command);
        return new V1Probe { Exec = new V1ExecAction { Command = variables.Count == 0 ? executed : ["env", .. variables, .. executed] } };
    }

    private static V1Probe HttpGet(uint port, string path, string scheme) => new()
    {
        HttpGet = new V1HTTPGetAction
        {
            Path = path.StartsWith('/') ? path : $"/{path}",
            Port = (int)port,
            Scheme = scheme.Equals("https", StringComparison.OrdinalIgnoreCase) ? "HTTPS" : "HTTP",
        },
    };

    private static V1Probe Connect(uint port) => new() { TcpSocket = new V1TCPSocketAction { Port = (int)port } };

    private static Refusal? Problem(CommandInfo? command, CommandInfo? task) =>
        command is null ? null
        : command.HasUser && command.User != task?.User ? Refusal.Invalid($"User '{command.User}' of a check's command is not supported: a check is the task's user")
        : command.Uris.Count > 0 ? Refusal.Invalid("URIs of a check's command are not supported")
        : command.Environment?.Variables.FirstOrDefault(variable => variable.Secret is not null) is { } secret
            ? Refusal.Invalid($"Environment variable '{secret.Name}' of a check's command cannot be of type SECRET")
        : command.Shell && !command.HasValue ? Refusal.Invalid("Shell specified but no command value provided")
        : !command.Shell && !command.HasValue ? Refusal.Invalid("The check's command has no value")
        : null;
}
