using MesosK8sBridge.Protocol.V1;
using static MesosK8sBridge.EndToEnd.Tests.Kubelet.NodeFramework;
using DockerInfo = MesosK8sBridge.Protocol.V1.ContainerInfo.Types.DockerInfo;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>Where tasks can be reached, and which address a framework is told.</summary>
public sealed class NetworkTests(RealNode node)
{
    [Fact]
    public async Task A_mapped_port_of_a_Docker_bridge_is_a_port_of_the_node()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Web("bridged", port: 8080, ports: 31501);
        task.Container = Docker(DockerInfo.Types.Network.Bridge);
        task.Container.Docker.PortMappings.Add(new DockerInfo.Types.PortMapping { HostPort = 31501, ContainerPort = 8080, Protocol = "tcp" });

        await framework.LaunchAsync(task);
        var running = await framework.UntilAsync("bridged", TaskState.TaskRunning);

        Assert.Equal("bridged\n", await GetAsync(RealNode.Address, 31501));
        var address = AddressOf(running);
        Assert.NotEqual(RealNode.Address, address);
        Assert.Equal("bridged\n", await GetAsync(address, 8080));
    }

    [Fact]
    public async Task A_mapped_port_of_a_Mesos_container_is_a_port_of_the_node()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Web("networked", port: 8080, ports: 31502);
        task.Container = new ContainerInfo
        {
            Type = ContainerInfo.Types.Type.Mesos,
            NetworkInfos =
            {
                new NetworkInfo
                {
                    Name = "dcos",
                    PortMappings = { new NetworkInfo.Types.PortMapping { HostPort = 31502, ContainerPort = 8080 } },
                },
            },
        };

        await framework.LaunchAsync(task);
        var running = await framework.UntilAsync("networked", TaskState.TaskRunning);

        Assert.Equal("networked\n", await GetAsync(RealNode.Address, 31502));
        Assert.Equal("dcos", running.ContainerStatus.NetworkInfos.Single().Name);
        Assert.Equal("networked\n", await GetAsync(AddressOf(running), 8080));
    }

    [Fact]
    public async Task A_task_in_the_host_network_is_found_at_the_node_s_address_with_the_ports_it_was_offered()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Web("hosted", port: 31503, ports: 31503);

        await framework.LaunchAsync(task);
        var running = await framework.UntilAsync("hosted", TaskState.TaskRunning);

        Assert.Equal(RealNode.Address, AddressOf(running));
        Assert.Equal("hosted\n", await GetAsync(RealNode.Address, 31503));
    }

    [Fact]
    public async Task With_the_policy_for_it_a_task_in_the_host_network_shares_the_node_s_own()
    {
        await using var framework = await SubscribeAsync(node, """{"podPolicy": {"hostNetwork": true}}""");
        var task = Web("at-home", port: 31504, ports: 31504);
        task.Command.Value = "ip -4 addr show dev mkb0 && " + task.Command.Value;
        task.Container = Docker(DockerInfo.Types.Network.Host);

        await framework.LaunchAsync(task);
        await framework.ReadyAsync("at-home", RealNode.Address);
        var running = framework.UpdatesOf("at-home")[^1];

        Assert.Equal(RealNode.Address, AddressOf(running));
        Assert.Equal("at-home\n", await GetAsync(RealNode.Address, 31504));
    }

    [Fact]
    public async Task A_health_check_of_a_task_in_the_node_s_own_network_asks_the_node()
    {
        await using var framework = await SubscribeAsync(node, """{"podPolicy": {"hostNetwork": true}}""");
        var task = Web("asked", port: 31505, ports: 31505);
        task.HealthCheck = new HealthCheck
        {
            Type = HealthCheck.Types.Type.Http, Http = new() { Port = 31505, Path = "/" }, DelaySeconds = 0, IntervalSeconds = 1, TimeoutSeconds = 1, GracePeriodSeconds = 0,
        };

        await framework.LaunchAsync(task);
        await framework.UntilAsync("asked", update => update.Healthy);
    }

    [Fact]
    public async Task Two_tasks_cannot_have_the_same_port()
    {
        await using var framework = await SubscribeAsync(node);
        await framework.LaunchAsync(Web("first", port: 31506, ports: 31506));
        await framework.UntilAsync("first", TaskState.TaskRunning);

        await framework.LaunchAsync(Web("second", port: 31506, ports: 31506));
        await framework.EndAsync("second");

        Assert.StartsWith("TASK_ERROR MASTER TASK_INVALID: ", framework.Told("second").Single(), StringComparison.Ordinal);
        Assert.Equal("first\n", await GetAsync(RealNode.Address, 31506));
    }

    /// <summary>Serves its own name.</summary>
    private static TaskInfo Web(string id, int port, ulong ports)
    {
        var task = Shell(id, $"mkdir /tmp/www; echo {id} >/tmp/www/index.html; httpd -f -p {port} -h /tmp/www");
        task.Resources.Add(new Resource
        {
            Name = "ports", Type = Value.Types.Type.Ranges, Ranges = new() { Range = { new Value.Types.Range { Begin = ports, End = ports } } },
        });
        return task;
    }

    private static ContainerInfo Docker(DockerInfo.Types.Network network) => new()
    {
        Type = ContainerInfo.Types.Type.Docker, Docker = new DockerInfo { Image = "busybox:local", Network = network },
    };

    private static string AddressOf(Protocol.V1.TaskStatus status) =>
        status.ContainerStatus.NetworkInfos.Single().IpAddresses.Single().IpAddress;

    /// <summary>A server that has just been started may not listen yet.</summary>
    private static async Task<string> GetAsync(string host, int port)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                return await http.GetStringAsync(new Uri($"http://{host}:{port}/"), deadline.Token);
            }
            catch (HttpRequestException)
            {
                await pulse.WaitForNextTickAsync(deadline.Token);
            }
        }
    }
}
