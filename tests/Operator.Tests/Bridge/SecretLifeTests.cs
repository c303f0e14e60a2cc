using System.Text;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Operator.Recovery;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Task = System.Threading.Tasks.Task;
using Variable = MesosK8sBridge.Protocol.V1.Environment.Types.Variable;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class EmbeddedSecretLifeTests(EmbeddedTestCluster cluster) : SecretLifeTests(cluster), IClassFixture<EmbeddedTestCluster>;

[Collection(nameof(RealTestCluster))]
public sealed class RealSecretLifeTests(RealTestCluster cluster) : SecretLifeTests(cluster);

/// <summary>A secret that a task brings along by value, whenever the bridge dies: no Pod is without it, and none is left behind.</summary>
public abstract class SecretLifeTests(TestCluster cluster) : BridgeTest(cluster)
{
    /// <summary>Steps: the Secret, the Pod, and who owns the Secret.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public async Task A_bridge_that_dies_after_any_step_leaves_a_pod_with_its_secret_or_nothing(int steps, bool isLaunched)
    {
        var framework = Framework;
        framework.Id = await DieAsync(framework, steps);

        await using var scheduler = await SubscribeAsync(await StartAsync(), framework);
        if (isLaunched)
        {
            var pod = await Kubelet.PodAsync();
            await UntilAsync(async () => await SecretAsync(NameOf(framework)) is { } secret && secret.Metadata.OwnerReferences?.Any(owner => owner.Uid == pod.Uid()) is true);
            var secret = await SecretAsync(NameOf(framework));
            Assert.Null(secret!.GetLabel(TaskMarks.Unowned));
            Assert.Equal("hunter2-", Encoding.UTF8.GetString(secret!.Data!["secret-0"]));
            await Kubelet.RunAsync(pod);
            await scheduler.AcknowledgedUntilAsync(TaskState.TaskRunning);
        }
        else
        {
            await UntilAsync(async () => await SecretAsync(NameOf(framework)) is null);
            Assert.Null(await FindAsync<V1Pod>(NameOf(framework)));
            await LaunchAsync(scheduler, "another");
            Assert.Equal("another", (await Kubelet.PodAsync()).GetAnnotation(TaskMarks.TaskId));
        }
    }

    [Fact]
    public async Task A_secret_that_an_earlier_launch_of_the_task_has_left_is_replaced()
    {
        await using var scheduler = await SubscribeAsync();
        var name = PodNames.ForTask(new FrameworkId(scheduler.Id.Value), new TaskId("one"));
        await Kubernetes.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta
                {
                    Name = name, NamespaceProperty = Name,
                    Labels = new Dictionary<string, string> { [TaskMarks.ManagedBy] = TaskMarks.Manager, [TaskMarks.Unowned] = "earlier" },
                },
                Data = new Dictionary<string, byte[]> { ["secret-0"] = "old"u8.ToArray() },
            },
            Deadline);

        await LaunchAsync(scheduler, "one");
        var pod = await Kubelet.PodAsync();

        await UntilAsync(async () => (await SecretAsync(name))?.Metadata.OwnerReferences?.Any(owner => owner.Uid == pod.Uid()) is true);
        Assert.Equal("hunter2-", Encoding.UTF8.GetString((await SecretAsync(name))!.Data!["secret-0"]));
    }

    [Fact]
    public async Task Where_the_bridge_may_not_settle_secrets_is_no_hindrance_elsewhere()
    {
        var left = new V1Secret
        {
            Metadata = new V1ObjectMeta
            {
                Name = "left", NamespaceProperty = Name,
                Labels = new Dictionary<string, string> { [TaskMarks.ManagedBy] = TaskMarks.Manager, [TaskMarks.Unowned] = "earlier" },
            },
        };
        await Kubernetes.CreateAsync(left, Deadline);
        Unsteady.ForbiddenNamespace = "a-first";
        var settling = new LeftSecrets(
            Unsteady, "now", new Backoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5), new Random(1)), TimeProvider.System, NullLogger.Instance);

        await settling.SettleAsync([], ["a-first", Name], Deadline);

        await UntilAsync(async () => await SecretAsync("left") is null);
    }

    [Fact]
    public async Task A_secret_of_somebody_else_is_left_alone_and_fails_the_task()
    {
        await using var scheduler = await SubscribeAsync();
        var name = PodNames.ForTask(new FrameworkId(scheduler.Id.Value), new TaskId("one"));
        await Kubernetes.CreateAsync(new V1Secret { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Name } }, Deadline);

        await LaunchAsync(scheduler, "one");
        var failed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskFailed, $"Failed to launch container: secrets \"{name}\" already exists"), (failed.State, failed.Message));
        Assert.Null((await SecretAsync(name))!.Data);
    }

    [Fact]
    public async Task A_pod_that_is_refused_leaves_no_secret()
    {
        await using var scheduler = await SubscribeAsync();
        Unsteady.PodRefusal = "no";

        await LaunchAsync(scheduler, "one");

        Assert.Equal(TaskState.TaskFailed, (await scheduler.AcknowledgedAsync()).State);
        Assert.Null(await SecretAsync(PodNames.ForTask(new FrameworkId(scheduler.Id.Value), new TaskId("one"))));
    }

    [Fact]
    public async Task A_secret_that_is_refused_leaves_none_of_those_made_before_it()
    {
        await using var scheduler = await SubscribeAsync();
        var name = PodNames.ForTask(new FrameworkId(scheduler.Id.Value), new TaskId("one"));
        var somebodys = $"{PullSecrets.PrefixOf(name)}0";
        await Kubernetes.CreateAsync(new V1Secret { Metadata = new V1ObjectMeta { Name = somebodys, NamespaceProperty = Name } }, Deadline);
        var offer = await scheduler.OfferAsync();
        var task = WithSecret(offer, "one");
        task.Container = new ContainerInfo
        {
            Type = ContainerInfo.Types.Type.Mesos,
            Mesos = new() { Image = new Image { Type = Image.Types.Type.Docker, Docker = new() { Name = "registry.example/app:1", Config = Value("{}") } } },
        };

        await scheduler.LaunchAsync(offer, task);
        var failed = await scheduler.AcknowledgedAsync();

        Assert.Equal((TaskState.TaskFailed, $"Failed to launch container: secrets \"{somebodys}\" already exists"), (failed.State, failed.Message));
        Assert.Null(await SecretAsync(name));
        Assert.NotNull(await SecretAsync(somebodys));
    }

    private static string NameOf(FrameworkInfo framework) => PodNames.ForTask(new FrameworkId(framework.Id.Value), new TaskId("one"));

    private async Task<FrameworkID> DieAsync(FrameworkInfo framework, int steps)
    {
        var bridge = await StartAsync();
        await DeclareAsync();
        FrameworkID id;
        await using (var scheduler = await SubscribeAsync(bridge, framework))
        {
            id = scheduler.Id;
            await UntilAsync(async () => (await ResourceAsync(Name))?.Status?.Registrations is { Count: 1 });
            var offer = await scheduler.OfferAsync();
            Unsteady.StepsToLive = steps;
            Unsteady.IsMortal = true;
            await scheduler.LaunchAsync(offer, WithSecret(offer, "one"));
            await UntilAsync(() => Task.FromResult(Unsteady.IsDown));
        }

        await bridge.DisposeAsync();
        (Unsteady.IsMortal, Unsteady.IsDown) = (false, false);
        return id;
    }

    private static async Task LaunchAsync(TestScheduler scheduler, string id)
    {
        var offer = await scheduler.OfferAsync();
        await scheduler.LaunchAsync(offer, WithSecret(offer, id));
    }

    private Task<V1Secret?> SecretAsync(string name) => FindAsync<V1Secret>(name);

    private static TaskInfo WithSecret(Offer offer, string id)
    {
        var task = TestScheduler.Task(offer, id);
        task.Command.Environment = new()
        {
            Variables =
            {
                new Variable
                {
                    Name = "PASSWORD",
                    Type = Variable.Types.Type.Secret,
                    Secret = Value("hunter2-"),
                },
            },
        };
        return task;
    }

    private static Secret Value(string text) =>
        new() { Type = Secret.Types.Type.Value, Value = new() { Data = Google.Protobuf.ByteString.CopyFromUtf8(text) } };
}
