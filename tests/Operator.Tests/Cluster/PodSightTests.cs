using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Operator.Tests.Cluster;

public sealed class PodSightTests
{
    private static readonly PodSight Sight = new(new PodPatience(), TimeProvider.System, NullLogger.Instance);

    [Fact]
    public void A_pod_that_no_calendar_has_room_for_is_unknown_and_not_gone()
    {
        var reading = Sight.Read(Odd(container: new() { Running = new() { StartedAt = DateTimeOffset.MaxValue } }));

        Assert.Equal((PodDemand.Nothing, null, false), (reading.Demand, reading.RecheckAt, reading.IsTerminal));
        Assert.Empty(Assert.Single(reading.Tasks).Statuses);
        Assert.Null(reading.Tasks[0].Vanished);
    }

    [Fact]
    public void One_that_has_left_the_cluster_has_vanished_whatever_is_in_it()
    {
        var reading = Sight.ReadGone(Odd(container: new() { Terminated = new() { ExitCode = 0 } }, deletedAt: DateTimeOffset.MinValue));

        Assert.Equal("Pod ns/odd is gone", Assert.Single(reading.Tasks).Vanished);
    }

    private static TaskPod Odd(V1ContainerState container, DateTimeOffset? deletedAt = null)
    {
        var task = new TaskInfo { TaskId = new() { Value = "t" }, HealthCheck = new() { Type = HealthCheck.Types.Type.Tcp, Tcp = new() { Port = 1 } } };
        var pod = new V1Pod
        {
            Metadata = new() { Name = "odd", NamespaceProperty = "ns", Uid = "u", DeletionTimestamp = deletedAt, DeletionGracePeriodSeconds = 30 },
            Status = new()
            {
                Phase = "Running", StartTime = DateTimeOffset.UnixEpoch, ContainerStatuses = [new() { Name = PodNames.SingleContainer, State = container }],
            },
        };
        var framework = new FrameworkInfo { User = "u", Name = "f", Id = new() { Value = "f" } };
        return new TaskPod(pod, new PodTasks(framework, new AgentId("a"), ImmutableArray.Create(task), Executor: null));
    }
}
