using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>The variables a task finds in its environment, as an agent of Mesos would have set them.</summary>
/// <remarks>
/// Mesos: src/slave/slave.cpp executorEnvironment; src/docker/docker.cpp. The task's own variables win, except over
/// <c>MESOS_ALLOCATION_ROLE</c>. Mesos sets no MESOS_TASK_ID, PORT or HOST: those come from frameworks.
/// </remarks>
internal static class TaskEnvironment
{
    /// <summary>Holds the Pod's uid, for <c>MESOS_CONTAINER_NAME</c> to refer to: the name of a container is not known before it is made.</summary>
    private const string PodUid = "MESOS_POD_UID";

    public static IList<V1EnvVar> Of(FrameworkInfo framework, Agent agent, TaskInfo task, ExecutorInfo? executor, ContainerWishes wishes)
    {
        var variables = new OrderedDictionary<string, V1EnvVar>();
        var isDocker = task.Container is { Type: ContainerInfo.Types.Type.Docker };
        foreach (var variable in isDocker ? Docker() : Executor(framework, agent, task, executor))
        {
            Set(variables, variable);
        }

        foreach (var variable in task.Command?.Environment?.Variables ?? [])
        {
            Set(variables, Given(variable));
        }

        foreach (var (name, value) in wishes.Environment)
        {
            Set(variables, Plain(name, ContainerCommand.Literal(value)));
        }

        if (task.Resources.Select(r => r.AllocationInfo?.Role).FirstOrDefault(role => role is not null) is { } role)
        {
            Set(variables, Plain("MESOS_ALLOCATION_ROLE", role));
        }

        return [.. variables.Values];
    }

    private static IEnumerable<V1EnvVar> Docker() =>
    [
        Plain("MESOS_SANDBOX", PodVolumes.Sandbox),
        Field(PodUid, "metadata.uid"),
        Plain("MESOS_CONTAINER_NAME", $"mesos-$({PodUid})"),
    ];

    private static IEnumerable<V1EnvVar> Executor(FrameworkInfo framework, Agent agent, TaskInfo task, ExecutorInfo? executor)
    {
        yield return Plain("LIBPROCESS_PORT", "0");
        yield return Plain("MESOS_AGENT_ENDPOINT", $"{agent.Ip}:{agent.Port}");
        yield return Plain("MESOS_CHECKPOINT", framework.Checkpoint ? "1" : "0");
        yield return Plain("MESOS_DIRECTORY", PodVolumes.Sandbox);
        yield return Plain("MESOS_EXECUTOR_ID", executor?.ExecutorId.Value ?? task.TaskId.Value);
        yield return Plain("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", "5secs");
        yield return Plain("MESOS_FRAMEWORK_ID", framework.Id.Value);
        yield return Plain("MESOS_HTTP_COMMAND_EXECUTOR", "0");
        if (framework.Checkpoint)
        {
            yield return Plain("MESOS_RECOVERY_TIMEOUT", "15mins");
            yield return Plain("MESOS_SUBSCRIPTION_BACKOFF_MAX", "2secs");
        }

        yield return Plain("MESOS_SANDBOX", PodVolumes.Sandbox);
        yield return Plain("MESOS_SLAVE_ID", agent.Id.Value);
        yield return Plain("MESOS_SLAVE_PID", $"slave(1)@{agent.Ip}:{agent.Port}");
        if (executor is not null)
        {
            yield return Field("MESOS_CONTAINER_IP", "status.podIP");
        }
    }

    /// <summary>A later variable replaces an earlier one, in its place.</summary>
    private static void Set(OrderedDictionary<string, V1EnvVar> variables, V1EnvVar variable) => variables[variable.Name!] = variable;

    private static V1EnvVar Given(Protocol.V1.Environment.Types.Variable variable) =>
        variable.Type == Protocol.V1.Environment.Types.Variable.Types.Type.Secret && TaskSecrets.Place(variable.Secret, out _) is { } place
            ? new V1EnvVar { Name = variable.Name, ValueFrom = new V1EnvVarSource { SecretKeyRef = new V1SecretKeySelector { Name = place.Name, Key = place.Key } } }
            : Plain(variable.Name, ContainerCommand.Literal(variable.Value));

    private static V1EnvVar Plain(string name, string value) => new() { Name = name, Value = value };

    private static V1EnvVar Field(string name, string path) =>
        new() { Name = name, ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { ApiVersion = "v1", FieldPath = path } } };
}
