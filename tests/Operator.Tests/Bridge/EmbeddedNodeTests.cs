using System.Net;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Operator.Tests.Fetch;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;
using Variable = MesosK8sBridge.Protocol.V1.Environment.Types.Variable;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>Tasks as processes of an embedded node: what a task finds when it runs.</summary>
public sealed class EmbeddedNodeTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(90));
    private readonly string _folder = Directory.CreateTempSubdirectory("node-").FullName;
    private EmbeddedCluster _cluster = null!;
    private KubernetesClient _kubernetes = null!;
    private BridgeHost _bridge = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await EmbeddedCluster.StartAsync(
            new EmbeddedClusterOptions { Directory = _folder, Nodes = [new NodeOptions { Name = "node-1" }] }, cancellationToken: _timeout.Token);
        _kubernetes = new KubernetesClient(
            new KubernetesClientConfiguration { Server = _cluster.Uri }, new KubernetesClientOptions { Json = CustomResources.Json });
        _bridge = await BridgeHost.StartAsync(
            _kubernetes,
            new BridgeOptions
            {
                Listener = new ListenerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) },
                Master = new MasterOptions { Admission = Admission.Open, AllocationInterval = TimeSpan.FromMilliseconds(50) },
                InstallCustomResources = true,
                DefaultImage = "local",
                Fetcher = FetcherSettings.OfProcess("local"),
            },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            cancellationToken: _timeout.Token);
        await _bridge.Recovered.WaitAsync(_timeout.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _bridge.DisposeAsync();
        _kubernetes.Dispose();
        await _cluster.DisposeAsync();
        _timeout.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

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
        await using var scheduler = await TestScheduler.SubscribeAsync(_bridge.Address, new FrameworkInfo { User = "nobody", Name = "tester" }, _timeout.Token);
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
