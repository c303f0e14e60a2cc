using System.Net;
using System.Net.Sockets;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Tests.Fetch;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Testing;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;
using Task = System.Threading.Tasks.Task;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;
using Variable = MesosK8sBridge.Protocol.V1.Environment.Types.Variable;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>The lives of tasks as frameworks know them, with real processes and real probes.</summary>
public sealed class FrameworkLifeTests : EmbeddedNodeTest
{
    [Fact]
    public async Task An_app_of_Marathon_is_healthy_while_its_page_is_and_killed_when_it_is_not()
    {
        using var page = Page.Open();
        await using var marathon = await SubscribeAsync(new FrameworkInfo
        {
            User = "nobody", Name = "marathon", Capabilities = { Capability(FrameworkInfo.Types.Capability.Types.Type.TaskKillingState) },
        });
        var offer = await marathon.OfferAsync("node-1");
        var task = TestScheduler.Task(offer, "shop_web.instance-5a1e._app.1");
        task.Command = Shell("test \"$PORT0\" = \"$PORTS\" && test \"$MARATHON_APP_ID\" = /shop/web && exec sleep 1000");
        task.Command.Environment = Variables(("MARATHON_APP_ID", "/shop/web"), ("HOST", offer.Hostname), ("PORT0", $"{page.Port}"), ("PORTS", $"{page.Port}"));
        task.Resources.Add(Ports(page.Port));
        task.HealthCheck = new HealthCheck
        {
            Type = HealthCheck.Types.Type.Http, Http = new() { Port = (uint)page.Port, Path = "/ping", Scheme = "http" }, DelaySeconds = 0, IntervalSeconds = 1,
            TimeoutSeconds = 1, ConsecutiveFailures = 2, GracePeriodSeconds = 60,
        };
        task.KillPolicy = Grace(seconds: 2);

        await marathon.LaunchAsync(offer, task);
        var healthy = await UntilAsync(marathon, status => status is { HasHealthy: true, Healthy: true });
        page.IsWell = false;
        var killed = await UntilAsync(marathon, TaskEnded);

        Assert.Equal((TaskState.TaskRunning, Reason.TaskHealthCheckStatusUpdated), (healthy[^1].State, healthy[^1].Reason));
        Assert.Equal([TaskState.TaskStarting, TaskState.TaskRunning, TaskState.TaskRunning], healthy.Select(status => status.State));
        Assert.Contains(killed, status => status is { State: TaskState.TaskRunning, HasHealthy: true, Healthy: false });
        Assert.Equal((TaskState.TaskKilled, true, false), (killed[^1].State, killed[^1].HasHealthy, killed[^1].Healthy));
    }

    [Fact]
    public async Task A_job_of_Chronos_runs_the_script_that_its_command_names()
    {
        const string Id = "ct:1767322800000:0:nightly report #2:--day 2026-01-02";
        await using var artifacts = await ArtifactServer.StartAsync(("/jobs/report.sh", "#!/bin/sh\ntest \"$CHRONOS_JOB_NAME\" = 'nightly report #2' && exit 9\n"u8.ToArray()));
        await using var chronos = await SubscribeAsync(new FrameworkInfo { User = "nobody", Name = "chronos-3.0", Checkpoint = true });
        var offer = await chronos.OfferAsync("node-1");
        var task = TestScheduler.Task(offer, Id);
        task.Command = Shell("\"./report.sh\"");
        task.Command.Uris.Add(new CommandInfo.Types.URI { Value = $"{artifacts.Address}/jobs/report.sh", Executable = true });
        task.Command.Environment = Variables(("mesos_task_id", Id), ("CHRONOS_JOB_NAME", "nightly report #2"));
        task.Resources.Add(new Resource { Name = "ports", Type = Value.Types.Type.Ranges, Ranges = new() }); // It asks for none by asking for some.

        await chronos.LaunchAsync(offer, task);
        var told = await UntilAsync(chronos, TaskEnded);

        Assert.Equal((Id, TaskState.TaskFailed, "Command exited with status 9"), (told[^1].TaskId.Value, told[^1].State, told[^1].Message));
    }

    [Fact]
    public async Task A_service_of_the_DCOS_SDK_learns_its_address_and_that_it_is_ready_and_ends_as_one()
    {
        await Kubernetes.CreateAsync(new V1Secret { Metadata = new V1ObjectMeta { Name = "data.password", NamespaceProperty = "default" }, Data = new Dictionary<string, byte[]> { ["value"] = "xyzzy"u8.ToArray() } }, Deadline);
        await DeclareAsync(new V1Alpha1MesosFrameworkSpec { Name = "data", DefaultImage = "local", PodPolicy = new V1Alpha1PodPolicy { Secrets = ["data.password"] } });
        await using var sdk = await SubscribeAsync(new FrameworkInfo { User = "nobody", Name = "data", FailoverTimeout = 1_209_600 });
        var offer = await sdk.OfferAsync("node-1");
        var server = TestScheduler.Task(offer, "data__node-0-server__1");
        server.Command = Shell("echo up > shared/state; test \"$PASSWORD\" = xyzzy && test \"$(cat tls/key)\" = xyzzy && exec sleep 1000");
        server.Command.Environment = new() { Variables = { new Variable { Name = "PASSWORD", Type = Variable.Types.Type.Secret, Secret = Password() } } };
        server.Container = WithVolumes(Shared(), KeyFile());
        server.Check = new CheckInfo { Type = CheckInfo.Types.Type.Command, Command = new() { Command_ = Shell("grep up shared/state") }, DelaySeconds = 0, IntervalSeconds = 1, TimeoutSeconds = 5 };
        server.KillPolicy = Grace(seconds: 0);
        var sidecar = TestScheduler.Task(offer, "data__node-0-sidecar__1");
        sidecar.Command = Shell("until grep up shared/state; do sleep 0.1; done; exec sleep 1000");
        sidecar.Container = WithVolumes(Shared());
        sidecar.KillPolicy = Grace(seconds: 0);
        var executor = new ExecutorInfo
        {
            Type = ExecutorInfo.Types.Type.Default, ExecutorId = new ExecutorID { Value = "node__1" }, FrameworkId = sdk.Id, Resources = { server.Resources.Select(resource => resource.Clone()) },
            Container = WithVolumes(KeyFile()),
        };
        executor.Resources.Add(new Resource { Name = "disk", Type = Value.Types.Type.Scalar, Scalar = new() { Value = 32 } });
        executor.Container.RlimitInfo = new() { Rlimits = { new RLimitInfo.Types.RLimit { Type = RLimitInfo.Types.RLimit.Types.Type.RlmtNofile, Soft = 1024, Hard = 1024 } } };

        await sdk.SendAsync(Calls.Accept(sdk.Id, offer, [Group(executor, server, sidecar)]));
        var ready = await UntilAsync(sdk, status => status.CheckStatus?.Command is { HasExitCode: true, ExitCode: 0 });
        await sdk.KillAsync(server.TaskId.Value);
        List<TaskStatus> ends = [];
        while (ends.Count(TaskEnded) < 2)
        {
            ends.AddRange(await UntilAsync(sdk, TaskEnded));
        }

        Assert.Equal(server.TaskId, ready[^1].TaskId);
        Assert.All(ready.Where(status => status.State == TaskState.TaskRunning), running => Assert.Equal("127.0.0.1", running.ContainerStatus.NetworkInfos[0].IpAddresses[0].IpAddress));
        Assert.Equal([TaskState.TaskKilled, TaskState.TaskKilled], ends.Where(TaskEnded).Select(status => status.State));
    }

    private static CommandInfo Shell(string command) => new() { Value = command };

    private static Protocol.V1.Environment Variables(params (string Name, string Value)[] variables) =>
        new() { Variables = { variables.Select(variable => new Variable { Name = variable.Name, Value = variable.Value }) } };

    private static FrameworkInfo.Types.Capability Capability(FrameworkInfo.Types.Capability.Types.Type type) => new() { Type = type };

    private static KillPolicy Grace(int seconds) => new() { GracePeriod = new DurationInfo { Nanoseconds = seconds * 1_000_000_000L } };

    private static Resource Ports(int port) => new()
    {
        Name = "ports", Type = Value.Types.Type.Ranges, Ranges = new() { Range = { new Value.Types.Range { Begin = (ulong)port, End = (ulong)port } } },
    };

    private static Secret Password() => new() { Type = Secret.Types.Type.Reference, Reference = new() { Name = "data/password" } };

    private static ContainerInfo WithVolumes(params Volume[] volumes) => new() { Type = ContainerInfo.Types.Type.Mesos, Volumes = { volumes } };

    private static Volume Shared() => new()
    {
        ContainerPath = "shared", Mode = Volume.Types.Mode.Rw,
        Source = new() { Type = Volume.Types.Source.Types.Type.SandboxPath, SandboxPath = new() { Type = Volume.Types.Source.Types.SandboxPath.Types.Type.Parent, Path = "shared" } },
    };

    private static Volume KeyFile() => new()
    {
        ContainerPath = "tls/key", Mode = Volume.Types.Mode.Ro, Source = new() { Type = Volume.Types.Source.Types.Type.Secret, Secret = Password() },
    };

    private static Offer.Types.Operation Group(ExecutorInfo executor, params TaskInfo[] tasks) => new()
    {
        Type = Offer.Types.Operation.Types.Type.LaunchGroup, LaunchGroup = new() { Executor = executor, TaskGroup = new TaskGroupInfo { Tasks = { tasks } } },
    };

    private static bool TaskEnded(TaskStatus status) => Pods.TaskStates.IsTerminal(status.State);

    private static async Task<List<TaskStatus>> UntilAsync(TestScheduler scheduler, Func<TaskStatus, bool> isLast)
    {
        var told = new List<TaskStatus>();
        do
        {
            told.Add(await scheduler.AcknowledgedAsync());
            Assert.True(isLast(told[^1]) || !TaskEnded(told[^1]), told[^1].ToString());
        }
        while (!isLast(told[^1]));

        return told;
    }

    private Task<TestScheduler> SubscribeAsync(FrameworkInfo framework) => TestScheduler.SubscribeAsync(Bridge.Address, framework, Deadline);

    private Task DeclareAsync(V1Alpha1MesosFrameworkSpec spec) =>
        Kubernetes.CreateAsync(new V1Alpha1MesosFramework { Metadata = new V1ObjectMeta { Name = spec.Name, NamespaceProperty = "default" }, Spec = spec }, Deadline);

    /// <summary>What a task would serve, on a port that an agent offers: containers of embedded nodes share this machine's network.</summary>
    private sealed class Page : IDisposable
    {
        private readonly TcpListener _listener;

        private Page(TcpListener listener)
        {
            _listener = listener;
            _ = ServeAsync();
        }

        public bool IsWell { get; set; } = true;

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public static Page Open()
        {
            for (var port = 31_000; port <= 32_000; port++)
            {
                try
                {
                    var listener = new TcpListener(IPAddress.Loopback, port);
                    listener.Start();
                    return new Page(listener);
                }
                catch (SocketException)
                {
                    // Somebody else has it.
                }
            }

            throw new InvalidOperationException("No port is free.");
        }

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    var stream = client.GetStream();
                    await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false);
                    await stream.WriteAsync(IsWell ? "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"u8.ToArray() : "HTTP/1.1 500 Ill\r\ncontent-length: 0\r\n\r\n"u8.ToArray());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
            {
                // Closed.
            }
        }
    }
}
