namespace MesosK8sBridge.Operator.Pods;

/// <summary>The labels, annotations and the finalizer by which a Pod says whose task it is and how far it has come.</summary>
public static class TaskMarks
{
    private const string Prefix = "mesosbridge.io/";

    public const string ManagedBy = "app.kubernetes.io/managed-by";

    /// <summary>Value of <see cref="ManagedBy"/>.</summary>
    public const string Manager = "mesos-bridge";

    /// <summary>Label, hashed where it is no legal label value, and annotation with the full value.</summary>
    public const string FrameworkId = Prefix + "framework-id";

    /// <summary>As <see cref="FrameworkId"/>; of a task group's Pod that of its first task.</summary>
    public const string TaskId = Prefix + "task-id";

    /// <summary>Label.</summary>
    public const string AgentId = Prefix + "agent-id";

    /// <summary>Annotation: the <c>FrameworkInfo</c> at launch, in Mesos' JSON.</summary>
    public const string FrameworkInfo = Prefix + "framework-info";

    /// <summary>Annotation: the <c>TaskInfo</c>, in Mesos' JSON. Of Pods with one command task.</summary>
    public const string TaskInfo = Prefix + "task-info";

    /// <summary>Annotation: the <c>TaskGroupInfo</c>, in Mesos' JSON. Of Pods with a task group.</summary>
    public const string TaskGroup = Prefix + "task-group";

    /// <summary>Annotation: the <c>ExecutorInfo</c> of the task group.</summary>
    public const string ExecutorInfo = Prefix + "executor-info";

    /// <summary>Annotation: when the framework's kill began, RFC 3339. Tells a kill from a deletion by somebody else.</summary>
    public const string KillRequested = Prefix + "kill-requested";

    /// <summary>Annotation, with <see cref="KillRequested"/>: why the bridge itself ends a task, and its container.</summary>
    public const string StopCause = Prefix + "stop-cause";

    /// <summary>Annotation: containers that had ended before the kill, or before the Pod was given up, separated by commas. Only of task groups.</summary>
    public const string KillSpared = Prefix + "kill-spared";

    /// <summary>
    /// Annotation: why the Pod had to leave its node, where only the node told so. Set while the Pod is being deleted, so that whoever
    /// reads it later, the node may be open again by then, finds the same end.
    /// </summary>
    public const string Drained = Prefix + "drained";

    /// <summary>Annotation: why the bridge gave up starting the containers. Set before the Pod is deleted for it.</summary>
    public const string LaunchFailed = Prefix + "launch-failed";

    /// <summary>Annotation: uuids of the terminal updates that the framework has acknowledged, separated by commas.</summary>
    public const string Acknowledged = Prefix + "acknowledged";

    /// <summary>Value of <see cref="Acknowledged"/>: the framework has ended, and nobody is left to acknowledge anything.</summary>
    public const string Abandoned = "abandoned";

    /// <summary>Label of a Secret that awaits the Pod that is to own it: the id of the master that made it.</summary>
    public const string Unowned = Prefix + "unowned";

    /// <summary>Keeps the Pod until the framework has acknowledged the end of all its tasks.</summary>
    public const string Finalizer = Prefix + "task-update";
}
