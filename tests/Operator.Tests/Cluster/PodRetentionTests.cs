using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;

namespace MesosK8sBridge.Operator.Tests.Cluster;

public sealed class PodRetentionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(14, false)]
    [InlineData(15, true)]
    public void A_pod_is_kept_for_the_retention_time(int minutes, bool overdue) =>
        Assert.Equal(overdue, Overdue(new RetentionSettings(), Pod("a", minutes)).Contains("a"));

    [Fact]
    public void The_oldest_of_too_many_go_first() =>
        Assert.Equal(["c", "a"], Overdue(new RetentionSettings { Most = 1 }, Pod("a", 3), Pod("b", 1), Pod("c", 2)));

    [Fact]
    public void Each_framework_has_its_own_share() =>
        Assert.Empty(Overdue(new RetentionSettings { Most = 1 }, Pod("a", 3, "f1"), Pod("b", 1, "f2")));

    [Fact]
    public void A_framework_may_say_for_itself_how_long_and_how_many()
    {
        TaskPod[] pods = [Pod("a", 3, "f1"), Pod("b", 3, "f2"), Pod("c", 1, "f2")];
        var longer = new RetentionSettings { Time = TimeSpan.FromHours(1), Most = 1 };

        var overdue = PodRetention.Overdue(pods, framework => framework.Value == "f2" ? longer : new RetentionSettings { Time = TimeSpan.FromMinutes(2) }, Now);

        Assert.Equal(["a", "b"], overdue.Select(pod => pod.Metadata.Name).Order());
    }

    [Fact]
    public void What_is_not_acknowledged_is_never_removed()
    {
        var held = Pod("a", 1000);
        held.Pod.Metadata.Finalizers = [TaskMarks.Finalizer];

        var stripped = Pod("b", 1000);
        stripped.Pod.Metadata.Annotations = null;

        Assert.Empty(Overdue(new RetentionSettings { Most = 0 }, held, stripped));
    }

    private static IEnumerable<string> Overdue(RetentionSettings settings, params TaskPod[] pods) =>
        PodRetention.Overdue(pods, _ => settings, Now).Select(pod => pod.Metadata.Name!);

    private static TaskPod Pod(string name, int endedMinutesAgo, string framework = "f") => new(
        new V1Pod
        {
            Metadata = new V1ObjectMeta
            {
                Name = name,
                NamespaceProperty = "ns",
                Annotations = new Dictionary<string, string> { [TaskMarks.Acknowledged] = "uuid" },
            },
            Status = new V1PodStatus
            {
                ContainerStatuses =
                [
                    new V1ContainerStatus
                    {
                        Name = "task",
                        State = new V1ContainerState { Terminated = new V1ContainerStateTerminated { FinishedAt = Now - TimeSpan.FromMinutes(endedMinutesAgo) } },
                    },
                ],
            },
        },
        new PodTasks(new FrameworkInfo { Id = new FrameworkID { Value = framework } }, new AgentId("s"), [], Executor: null));
}
