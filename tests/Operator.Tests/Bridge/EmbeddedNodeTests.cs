using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Operator.Tests.Fetch;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Testing;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;
using Variable = MesosK8sBridge.Protocol.V1.Environment.Types.Variable;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>Tasks as processes of an embedded node: what a task finds when it runs.</summary>
public sealed class EmbeddedNodeTests : EmbeddedNodeTest
{
    [Fact]
    public async Task A_task_finds_its_artifacts_in_its_sandbox()
    {
        await using var server = await ArtifactServer.StartAsync(("/run.sh", "#!/bin/sh\necho from the artifact > out\nexit 7\n"u8.ToArray()));

        var end = await RunAsync(task =>
        {
            task.Command.Value = "./run.sh";
            task.Command.Uris.Add(new CommandInfo.Types.URI { Value = $"{server.Address}/run.sh", Executable = true });
        });

        Assert.Equal((TaskState.TaskFailed, "Command exited with status 7"), (end.State, end.Message));
    }

    [Fact]
    public async Task A_failed_fetch_names_the_artifact()
    {
        await using var server = await ArtifactServer.StartAsync();

        var end = await RunAsync(task => task.Command.Uris.Add(new CommandInfo.Types.URI { Value = $"{server.Address}/missing.tgz" }));

        Assert.Equal((TaskState.TaskFailed, Reason.ContainerLaunchFailed), (end.State, end.Reason));
        Assert.Equal($"Failed to launch container: Failed to fetch '{server.Address}/missing.tgz': HTTP status 404 (Not Found)", end.Message);
    }

    [Fact]
    public async Task A_secret_by_value_is_in_the_task_s_environment()
    {
        var end = await RunAsync(task =>
        {
            task.Command.Value = "test \"$PASSWORD\" = hunter2- && exit 5";
            task.Command.Environment = new()
            {
                Variables =
                {
                    new Variable
                    {
                        Name = "PASSWORD",
                        Type = Variable.Types.Type.Secret,
                        Secret = new Secret { Type = Secret.Types.Type.Value, Value = new() { Data = Google.Protobuf.ByteString.CopyFromUtf8("hunter2-") } },
                    },
                },
            };
        });

        Assert.Equal("Command exited with status 5", end.Message);
    }

    [Fact]
    public async Task Limits_of_processes_are_set_before_the_command_runs()
    {
        var end = await RunAsync(task =>
        {
            task.Command.Value = "test $(ulimit -Sn) = 100 && test $(ulimit -Hn) = 200 && exit 5";
            task.Container = new ContainerInfo
            {
                Type = ContainerInfo.Types.Type.Mesos,
                RlimitInfo = new() { Rlimits = { new RLimitInfo.Types.RLimit { Type = RLimitInfo.Types.RLimit.Types.Type.RlmtNofile, Soft = 100, Hard = 200 } } },
            };
        });

        Assert.Equal("Command exited with status 5", end.Message);
    }

    private async Task<Protocol.V1.TaskStatus> RunAsync(Action<TaskInfo> change)
    {
        await using var scheduler = await TestScheduler.SubscribeAsync(Bridge.Address, new FrameworkInfo { User = "nobody", Name = "tester" }, Deadline);
        var offer = await scheduler.OfferAsync("node-1");
        var task = TestScheduler.Task(offer, "one");
        change(task);
        await scheduler.LaunchAsync(offer, task);
        while (true)
        {
            var status = await scheduler.AcknowledgedAsync();
            if (TaskStates.IsTerminal(status.State))
            {
                return status;
            }
        }
    }
}
