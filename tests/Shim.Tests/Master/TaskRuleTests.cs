using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Offers;
using MesosK8sBridge.Shim.Master.Validation;
using Variable = MesosK8sBridge.Protocol.V1.Environment.Types.Variable;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>What Mesos says about tasks that are wrong, text by text.</summary>
public sealed class TaskRuleTests
{
    private readonly Framework _framework;
    private readonly KnownAgent _agent = new(new AgentId("a1"));

    public TaskRuleTests()
    {
        var info = Given.Framework();
        info.Id = new FrameworkID { Value = "F" };
        _framework = new Framework(info, FrameworkPhase.Recovered, Given.T0);
        _agent.Learn(Given.Agent());
    }

    public static TheoryData<string, string, Action<TaskInfo>> WrongTasks => new()
    {
        { "nothing", "", _ => { } },
        { "empty id", "ID must not be empty", t => t.TaskId.Value = "" },
        { "long id", "ID must not be greater than 255 characters", t => t.TaskId.Value = new string('x', 256) },
        { "dot", "'.' is disallowed", t => t.TaskId.Value = "." },
        { "control character", "'a\tb' contains invalid characters", t => t.TaskId.Value = "a\tb" },
        { "backslash", "'a\\b' contains invalid characters", t => t.TaskId.Value = "a\\b" },
        { "agent", "Task uses invalid agent a2 while agent a1 is expected", t => t.AgentId.Value = "a2" },
        {
            "grace period", "Task's 'kill_policy.grace_period' must be non-negative",
            t => t.KillPolicy = new KillPolicy { GracePeriod = new DurationInfo { Nanoseconds = -1 } }
        },
        {
            "completion time", "Task's `max_completion_time` must be non-negative",
            t => t.MaxCompletionTime = new DurationInfo { Nanoseconds = -1 }
        },
        { "check type", "Task uses invalid check: CheckInfo must specify 'type'", t => t.Check = new CheckInfo() },
        {
            "health check type", "Task uses invalid health check: HealthCheck must specify 'type'",
            t => t.HealthCheck = new HealthCheck { Tcp = new HealthCheck.Types.TCPCheckInfo { Port = 1 } }
        },
        {
            "health check command", "Task uses invalid health check: Expecting 'command' to be set for COMMAND health check",
            t => t.HealthCheck = new HealthCheck { Type = HealthCheck.Types.Type.Command }
        },
        {
            "health check scheme", "Task uses invalid health check: Unsupported HTTP health check scheme: 'ftp'",
            t => t.HealthCheck = Http(h => h.Scheme = "ftp")
        },
        {
            "health check path", "Task uses invalid health check: The path 'x' of HTTP health check must start with '/'",
            t => t.HealthCheck = Http(h => h.Path = "x")
        },
        {
            "health check times", "Task uses invalid health check: Expecting 'interval_seconds' to be non-negative",
            t =>
            {
                t.HealthCheck = Http(_ => { });
                t.HealthCheck.IntervalSeconds = -1;
            }
        },
        { "no resources", "Task uses no resources", t => t.Resources.Clear() },
        {
            "fraction of a gpu",
            "Task uses invalid resources: Invalid 'gpus' resource: The 'gpus' resource must be an unsigned integer",
            t => t.Resources.AddRange(Given.Resources("gpus:0.5"))
        },
        {
            "two roles",
            "Invalid task resources: The resources have multiple allocation roles ('b' and 'a') but only one allocation role is allowed",
            t =>
            {
                t.Resources[0].AllocationInfo = new Resource.Types.AllocationInfo { Role = "a" };
                t.Resources[1].AllocationInfo = new Resource.Types.AllocationInfo { Role = "b" };
            }
        },
        {
            "half revocable",
            "Task mixes revocable and non-revocable resources: Cannot use both revocable and non-revocable 'cpus' at the same time",
            t =>
            {
                var more = Given.Resource("cpus:1");
                more.Revocable = new Resource.Types.RevocableInfo();
                t.Resources.Add(more);
            }
        },
        {
            "variable without value",
            "Task's `CommandInfo` is invalid: Environment variable 'X' of type 'VALUE' must have a value set",
            t =>
            {
                t.Command.Environment = new Protocol.V1.Environment();
                t.Command.Environment.Variables.Add(new Variable { Name = "X" });
            }
        },
        {
            "container without docker", "Task's `ContainerInfo` is invalid: DockerInfo 'docker' is not set for DOCKER typed ContainerInfo",
            t => t.Container = new ContainerInfo { Type = ContainerInfo.Types.Type.Docker }
        },
        {
            "docker name", "Task's `ContainerInfo` is invalid: Parameter in DockerInfo must not be 'name'",
            t =>
            {
                t.Container = new ContainerInfo
                {
                    Type = ContainerInfo.Types.Type.Docker,
                    Docker = new ContainerInfo.Types.DockerInfo { Image = "i" },
                };
                t.Container.Docker.Parameters.Add(new Parameter { Key = "name", Value = "x" });
            }
        },
        {
            "volume from two places",
            "Task's `ContainerInfo` is invalid: Invalid volume: Only one of them should be set: 'host_path', 'image' and 'source'",
            t =>
            {
                t.Container = new ContainerInfo { Type = ContainerInfo.Types.Type.Mesos };
                t.Container.Volumes.Add(new Volume { ContainerPath = "/x", Mode = Volume.Types.Mode.Rw, HostPath = "/y", Image = new Image() });
            }
        },
        {
            "limit of disk", "Only cpus and mem may be included in a task's resource limits",
            t => t.Limits.Add("disk", new Value.Types.Scalar { Value = 1 })
        },
        {
            "limit without request", "When a memory limit is specified, a memory request must also be specified",
            t =>
            {
                t.Resources.RemoveAt(1);
                t.Limits.Add("mem", new Value.Types.Scalar { Value = 1 });
            }
        },
        {
            "limit below request", "The cpu limit must be greater than or equal to the cpu request",
            t => t.Limits.Add("cpus", new Value.Types.Scalar { Value = 0.5 })
        },
        {
            "limit of infinity", "",
            t => t.Limits.Add("mem", new Value.Types.Scalar { Value = double.PositiveInfinity })
        },
        {
            "neither command nor executor", "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present",
            t => t.Command = null
        },
        {
            "both command and executor", "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present",
            t => t.Executor = Executor()
        },
        {
            "default executor", "'ExecutorInfo.type' must be 'CUSTOM'",
            t =>
            {
                t.Command = null;
                t.Executor = Executor();
                t.Executor.Command = null;
                t.Executor.Type = ExecutorInfo.Types.Type.Default;
            }
        },
        {
            "executor of another framework", "ExecutorInfo has an invalid FrameworkID (Actual: G vs Expected: F)",
            t =>
            {
                t.Command = null;
                t.Executor = Executor();
                t.Executor.FrameworkId = new FrameworkID { Value = "G" };
            }
        },
        {
            "custom executor", "Custom executors are not supported by this master",
            t =>
            {
                t.Command = null;
                t.Executor = Executor();
            }
        },
        {
            "too much",
            "Total resources cpus(allocated: *):3; mem(allocated: *):128 required by task and its executor is more than available "
            + "cpus(allocated: *):2; mem(allocated: *):1024",
            t => t.Resources[0].Scalar.Value = 3
        },
        {
            "another role",
            "Total resources cpus(allocated: r):1; mem(allocated: r):128 required by task and its executor is more than available "
            + "cpus(allocated: *):2; mem(allocated: *):1024",
            t =>
            {
                t.Resources[0].AllocationInfo = new Resource.Types.AllocationInfo { Role = "r" };
                t.Resources[1].AllocationInfo = new Resource.Types.AllocationInfo { Role = "r" };
            }
        },
        {
            "cgroups of its own", "Only tasks in a task group may have 'share_cgroups' set to 'false'",
            t => t.Container = new ContainerInfo
            {
                Type = ContainerInfo.Types.Type.Mesos,
                LinuxInfo = new LinuxInfo { ShareCgroups = false },
            }
        },
    };

    public static TheoryData<string, string, Action<ExecutorInfo, List<TaskInfo>>> WrongGroups => new()
    {
        { "nothing", "", (_, _) => { } },
        { "no type", "'ExecutorInfo.type' must be set", (e, _) => e.ClearType() },
        { "unknown type", "Unknown executor type", (e, _) => e.Type = ExecutorInfo.Types.Type.Unknown },
        {
            "custom type", "Custom executors are not supported by this master",
            (e, _) =>
            {
                e.Type = ExecutorInfo.Types.Type.Custom;
                e.Command = new CommandInfo { Value = "x" };
            }
        },
        {
            "default with a command", "'ExecutorInfo.command' must not be set for 'DEFAULT' executor",
            (e, _) => e.Command = new CommandInfo { Value = "x" }
        },
        { "no framework", "'ExecutorInfo.framework_id' must be set", (e, _) => e.FrameworkId = null },
        { "no cpus", "Executor 'e' uses less CPUs (None) than the minimum required (0.01)", (e, _) => e.Resources.RemoveAt(0) },
        {
            "few cpus", "Executor 'e' uses less CPUs (0.001) than the minimum required (0.01)",
            (e, _) => e.Resources[0].Scalar.Value = 0.001
        },
        { "little mem", "Executor 'e' uses less memory (16MB) than the minimum required (32MB)", (e, _) => e.Resources[1].Scalar.Value = 16 },
        { "no disk", "Executor 'e' uses no disk", (e, _) => e.Resources.RemoveAt(2) },
        {
            "grace", "ExecutorInfo's 'shutdown_grace_period' must be non-negative",
            (e, _) => e.ShutdownGracePeriod = new DurationInfo { Nanoseconds = -1 }
        },
        {
            "docker task", "Task 't1' is invalid: Docker ContainerInfo is not supported on the task",
            (_, tasks) => tasks[0].Container = new ContainerInfo
            {
                Type = ContainerInfo.Types.Type.Docker,
                Docker = new ContainerInfo.Types.DockerInfo { Image = "i" },
            }
        },
        {
            "limits", "Task 't1' is invalid: Resource limits may only be set for tasks within a task group when the 'share_cgroups' field is set to 'false'.",
            (_, tasks) => tasks[0].Limits.Add("cpus", new Value.Types.Scalar { Value = 2 })
        },
        { "twice", "Task 't1' is invalid: Task has duplicate ID: t1", (_, tasks) => tasks[1].TaskId.Value = "t1" },
        {
            "another executor", "The `ExecutorInfo` of task 't2' is different from executor 'e'",
            (_, tasks) => tasks[1].Executor.Name = "other"
        },
        {
            "half shared", "If set, the value of 'share_cgroups' must be the same for all tasks in each task group and under a single executor",
            (_, tasks) => tasks[0].Container = new ContainerInfo
            {
                Type = ContainerInfo.Types.Type.Mesos,
                LinuxInfo = new LinuxInfo { ShareCgroups = false },
            }
        },
    };

    [Theory]
    [MemberData(nameof(WrongTasks))]
    public void A_wrong_task_is_refused_in_the_words_of_Mesos(string what, string error, Action<TaskInfo> spoil)
    {
        var sent = Given.Task("t1");
        spoil(sent);
        var pool = Resources.From(Given.Resources("cpus:2;mem:1024"));

        var said = TaskRules.Check(LaunchDefaults.Fill(sent, _framework, "*"), _framework, _agent, pool, "*");

        Assert.True((said ?? "") == error, $"{what}: {said}");
    }

    [Theory]
    [MemberData(nameof(WrongGroups))]
    public void A_wrong_group_is_refused_in_the_words_of_Mesos(string what, string error, Action<ExecutorInfo, List<TaskInfo>> spoil)
    {
        var executor = new ExecutorInfo
        {
            ExecutorId = new ExecutorID { Value = "e" },
            Type = ExecutorInfo.Types.Type.Default,
            FrameworkId = new FrameworkID { Value = "F" },
        };
        executor.Resources.AddRange(Given.Resources("cpus:0.1;mem:32;disk:32"));
        List<TaskInfo> sent = [Given.Task("t1", "cpus:0.1;mem:32"), Given.Task("t2", "cpus:0.1;mem:32")];
        foreach (var task in sent)
        {
            task.Executor = executor;
        }

        sent[1].Executor = executor.Clone();
        spoil(executor, sent);
        if (what != "another executor")
        {
            sent[1].Executor = executor;
        }

        var filled = LaunchDefaults.Fill(executor, "*");
        var said = TaskGroupRules.Check(
            [.. sent.Select(t => LaunchDefaults.Fill(t, filled, "*"))],
            filled,
            _framework,
            _agent,
            Resources.From(Given.Resources("cpus:2;mem:1024;disk:1024")),
            "*");

        Assert.True((said ?? "") == error, $"{what}: {said}");
    }

    [Fact]
    public void A_health_check_of_one_kind_needs_no_type()
    {
        var sent = Given.Task("t1");
        sent.HealthCheck = new HealthCheck { Command = new CommandInfo { Value = "true" } };

        Assert.Equal(HealthCheck.Types.Type.Command, LaunchDefaults.Fill(sent, _framework, "*").HealthCheck.Type);
    }

    private static HealthCheck Http(Action<HealthCheck.Types.HTTPCheckInfo> spoil)
    {
        var check = new HealthCheck { Type = HealthCheck.Types.Type.Http, Http = new HealthCheck.Types.HTTPCheckInfo { Port = 80 } };
        spoil(check.Http);
        return check;
    }

    private static ExecutorInfo Executor() => new()
    {
        ExecutorId = new ExecutorID { Value = "e" },
        Command = new CommandInfo { Value = "run" },
    };
}
