using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using ExecutorType = MesosK8sBridge.Protocol.V1.ExecutorInfo.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What an executor must look like.</summary>
/// <remarks>Mesos: src/master/validation.cpp, namespace executor.</remarks>
internal static class ExecutorRules
{
    private const string Line = "------------------------------------------------------------\n";

    public static string? Check(ExecutorInfo executor, Framework framework, KnownAgent agent) =>
        CheckType(executor)
        ?? IdRules.Check(executor.ExecutorId.Value)
        ?? (executor.ShutdownGracePeriod is { Nanoseconds: < 0 } ? "ExecutorInfo's 'shutdown_grace_period' must be non-negative" : null)
        ?? Wrap("Executor's `CommandInfo` is invalid: ", executor.Command is { } command ? CommandRules.Check(command) : null)
        ?? Wrap("Executor's `ContainerInfo` is invalid: ", executor.Container is { } container ? ContainerRules.Check(container) : null)
        ?? CheckFramework(executor, framework)
        ?? Wrap("Executor uses invalid resources: ", ResourceRules.Check(executor.Resources))
        ?? Wrap("Executor uses duplicate persistence ID: ", ResourceRules.CheckUniquePersistence(Resources.From(executor.Resources)))
        ?? Wrap("Invalid executor resources: ", ResourceRules.CheckSingleRole(executor.Resources))
        ?? Wrap("Executor mixes revocable and non-revocable resources: ", ResourceRules.CheckRevocable(Resources.From(executor.Resources)))
        ?? CheckCompatible(executor, framework, agent);

    private static string? Wrap(string prefix, string? error) => error is null ? null : prefix + error;

    private static string? CheckType(ExecutorInfo executor) => executor.Type switch
    {
        ExecutorType.Default when executor.Command is not null => "'ExecutorInfo.command' must not be set for 'DEFAULT' executor",
        ExecutorType.Default when executor.Container is { } c && c.Type != ContainerInfo.Types.Type.Mesos =>
            "'ExecutorInfo.container.type' must be 'MESOS' for 'DEFAULT' executor",
        ExecutorType.Default when executor.Container?.Mesos?.Image is not null =>
            "'ExecutorInfo.container.mesos.image' must not be set for 'DEFAULT' executor",
        ExecutorType.Custom when executor.Command is null => "'ExecutorInfo.command' must be set for 'CUSTOM' executor",
        _ => null,
    };

    private static string? CheckFramework(ExecutorInfo executor, Framework framework)
    {
        if (executor.FrameworkId is null)
        {
            return "'ExecutorInfo.framework_id' must be set";
        }

        return executor.FrameworkId.Value == framework.Id.Value
            ? null
            : $"ExecutorInfo has an invalid FrameworkID (Actual: {executor.FrameworkId.Value} vs Expected: {framework.Id})";
    }

    private static string? CheckCompatible(ExecutorInfo executor, Framework framework, KnownAgent agent) =>
        agent.Executors.TryGetValue((framework.Id, executor.ExecutorId.Value), out var running) && !running.Info.Equals(executor)
            ? $"ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID.\n{Line}Existing ExecutorInfo:\n"
                + $"{running.Info}\n{Line}ExecutorInfo:\n{executor}\n{Line}"
            : null;
}
