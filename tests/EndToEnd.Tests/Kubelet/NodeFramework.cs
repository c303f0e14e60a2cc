using System.Net;
using System.Text;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Testing;
using Capability = MesosK8sBridge.Protocol.V1.FrameworkInfo.Types.Capability;
using Task = System.Threading.Tasks.Task;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>The framework of one test: takes an offer when it launches, else none; acknowledges and prints every update.</summary>
internal sealed class NodeFramework : IAsyncDisposable
{
    private static readonly string[] Names = ["cpus", "mem"];

    /// <summary>The executor of a group wants some.</summary>
    private static readonly Resource[] Spare = [Scalar("cpus", 0.1), Scalar("mem", 64)];

    private static int _serial;

    private readonly RealNode _node;
    private readonly FrameworkInfo _info;
    private readonly CancellationTokenSource _deadline;
    private readonly List<TaskStatus> _updates = [];
    private TestScheduler _scheduler;
    private Offer? _offer;
    private Func<Offer, bool>? _isEnough;

    private NodeFramework(RealNode node, FrameworkInfo info, TestScheduler scheduler, CancellationTokenSource deadline) =>
        (_node, _info, _scheduler, _deadline) = (node, info, scheduler, deadline);

    public FrameworkID Id => _scheduler.Id;

    /// <summary>Waits at most this long for everything together.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(120);

    public static Task<NodeFramework> SubscribeAsync(RealNode node) =>
        SubscribeAsync(node, NewName(), Capability.Types.Type.PartitionAware, Capability.Types.Type.TaskKillingState);

    public static async Task<NodeFramework> SubscribeAsync(RealNode node, string name, params Capability.Types.Type[] capabilities)
    {
        var bridge = await node.BridgeAsync();
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        var info = new FrameworkInfo
        {
            User = "root", Name = name, FailoverTimeout = 60, Capabilities = { capabilities.Select(type => new Capability { Type = type }) },
        };
        return new NodeFramework(node, info, await TestScheduler.SubscribeAsync(IPEndPoint.Parse(bridge.Endpoint), info, deadline.Token), deadline);
    }

    /// <summary>Subscribes again, after the bridge has gone and come back.</summary>
    public async Task ReturnAsync()
    {
        _info.Id = Id;
        await _scheduler.DisposeAsync();
        _scheduler = await TestScheduler.SubscribeAsync(IPEndPoint.Parse((await _node.BridgeAsync()).Endpoint), _info, _deadline.Token);
    }

    /// <param name="spec">What the framework's resource says, in JSON.</param>
    public static async Task<NodeFramework> SubscribeAsync(RealNode node, string spec)
    {
        var name = NewName();
        await node.DeclareAsync(name, spec);
        return await SubscribeAsync(node, name, Capability.Types.Type.PartitionAware, Capability.Types.Type.TaskKillingState);
    }

    public static string NewName() => $"kubelet-{System.Environment.ProcessId}-{Interlocked.Increment(ref _serial)}";

    /// <summary>A command in a shell of the default image.</summary>
    public static TaskInfo Shell(string id, string command) => new()
    {
        Name = id,
        TaskId = new TaskID { Value = id },
        Command = new CommandInfo { Value = command },
        Resources = { Scalar("cpus", 0.05), Scalar("mem", 32) },
    };

    public static Resource Scalar(string name, double amount) =>
        new() { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount } };

    public async Task LaunchAsync(params TaskInfo[] tasks)
    {
        var offer = await OfferAsync(tasks);
        await _scheduler.LaunchAsync(offer, On(offer, tasks));
    }

    public Task LaunchAsync(Offer offer, params TaskInfo[] tasks) => _scheduler.LaunchAsync(offer, On(offer, tasks));

    public Task DeclineAsync(Offer offer) => _scheduler.SendAsync(Calls.Decline(Id, [offer.Id], TimeSpan.Zero));

    public async Task LaunchGroupAsync(params TaskInfo[] tasks)
    {
        var offer = await OfferAsync(tasks);
        await _scheduler.LaunchGroupAsync(offer, On(offer, tasks));
    }

    /// <summary>Launches a task and waits for its end.</summary>
    /// <returns>See <see cref="Told"/>.</returns>
    public async Task<string[]> RunAsync(TaskInfo task)
    {
        await LaunchAsync(task);
        await EndAsync(task.TaskId.Value);
        return Told(task.TaskId.Value);
    }

    /// <summary>Waits for the ends of tasks.</summary>
    public Task EndAsync(params string[] tasks) =>
        UntilAsync(() => tasks.All(id => _updates.Any(update => update.TaskId.Value == id && update.State.IsTerminal())));

    /// <summary>Waits for an update, unless it has been told already.</summary>
    public async Task<TaskStatus> UntilAsync(string task, Func<TaskStatus, bool> fits)
    {
        await UntilAsync(() => Find() is not null);
        return Find()!;

        TaskStatus? Find() => _updates.Find(update => update.TaskId.Value == task && fits(update));
    }

    public Task<TaskStatus> UntilAsync(string task, TaskState state) => UntilAsync(task, update => update.State == state);

    public Task KillAsync(string task) => _scheduler.KillAsync(task);

    public Task SendAsync(Call call) => _scheduler.SendAsync(call);

    public IReadOnlyList<TaskStatus> UpdatesOf(string task) => [.. _updates.Where(update => update.TaskId.Value == task)];

    /// <summary>
    /// What was told of a task, a line for each update: <c>TASK_FAILED AGENT CONTAINER_LAUNCH_FAILED: …</c>. The source EXECUTOR is left out.
    /// </summary>
    public string[] Told(string task) => [.. UpdatesOf(task).Select(Line)];

    /// <summary>Between the times that two updates bear, which are whole seconds.</summary>
    public TimeSpan Between(string task, TaskState first, TaskState second) =>
        TimeSpan.FromSeconds(UpdatesOf(task).First(update => update.State == second).Timestamp - UpdatesOf(task).First(update => update.State == first).Timestamp);

    /// <summary>The name of its Pod, in the namespace of all tests here.</summary>
    public async Task<string> PodOfAsync(string task)
    {
        var uid = UpdatesOf(task)[^1].ContainerStatus.ContainerId;
        var names = await _node.KubectlAsync(["get", "pods", "-o", "jsonpath={range .items[*]}{.metadata.uid} {.metadata.name}{\"\\n\"}{end}"]);
        return names.Split('\n').Single(line => line.StartsWith((uid.Parent ?? uid).Value, StringComparison.Ordinal)).Split(' ')[1];
    }

    /// <summary>The ids of the tasks of which there are Pods, when there are so many of them.</summary>
    public async Task<IReadOnlyCollection<string>> PodsWhenAsync(Func<int, bool> enough)
    {
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            var tasks = await _node.KubectlAsync(
                ["get", "pods", "-l", $"mesosbridge.io/framework-id={Id.Value}", "-o", "jsonpath={.items[*].metadata.labels.mesosbridge\\.io/task-id}"]);
            if (tasks.Split(' ', StringSplitOptions.RemoveEmptyEntries) is var found && enough(found.Length))
            {
                return found;
            }

            await pulse.WaitForNextTickAsync(_deadline.Token);
        }
    }

    /// <summary>Waits until the task runs and has written a word.</summary>
    public async Task ReadyAsync(string task, string word = "ready")
    {
        await UntilAsync(task, TaskState.TaskRunning);
        var pod = await PodOfAsync(task);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!(await _node.KubectlAsync($"logs {pod}")).Contains(word, StringComparison.Ordinal))
        {
            await pulse.WaitForNextTickAsync(_deadline.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using (_deadline)
        {
            try
            {
                await _scheduler.SendAsync(Calls.Teardown(Id));
            }
            catch (Exception e) when (e is SchedulerException or OperationCanceledException)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"No teardown: {e.Message}");
            }

            await _scheduler.DisposeAsync();
        }
    }

    /// <summary>An offer with room for tasks, and something over. What others have just set free may come by itself. No more follow: other tests want some, too.</summary>
    public async Task<Offer> OfferAsync(params TaskInfo[] tasks)
    {
        _isEnough = offer => Names.All(name => Sum(offer.Resources, name) >= tasks.Sum(task => Sum(task.Resources, name)) + Sum(Spare, name));
        await _scheduler.SendAsync(Calls.Revive(Id));
        await UntilAsync(() => _offer is not null);
        await _scheduler.SendAsync(Calls.Suppress(Id));
        var offer = _offer!;
        (_offer, _isEnough) = (null, null);
        return offer;
    }

    private static double Sum(IEnumerable<Resource> resources, string name) => resources.Where(resource => resource.Name == name).Sum(resource => resource.Scalar.Value);

    private static TaskInfo[] On(Offer offer, TaskInfo[] tasks)
    {
        foreach (var task in tasks)
        {
            task.AgentId = offer.AgentId;
        }

        return tasks;
    }

    private async Task UntilAsync(Func<bool> done)
    {
        while (!done())
        {
            await TakeAsync(await _scheduler.NextAsync(_ => true));
        }
    }

    private async Task TakeAsync(Event next)
    {
        switch (next.Type)
        {
            case Event.Types.Type.Update:
                await TakeAsync(next.Update.Status);
                break;
            case Event.Types.Type.Offers:
                await TakeAsync(next.Offers.Offers_);
                break;
            case Event.Types.Type.Rescind when _offer?.Id.Equals(next.Rescind.OfferId) is true:
                _offer = null;
                break;
            default:
                break;
        }
    }

    private async Task TakeAsync(TaskStatus status)
    {
        _updates.Add(status);
        TestContext.Current.TestOutputHelper?.WriteLine($"{status.TaskId.Value}: {Line(status)}");
        if (status.HasUuid)
        {
            await _scheduler.SendAsync(Calls.Acknowledge(Id, status));
        }
    }

    private async Task TakeAsync(IEnumerable<Offer> offers)
    {
        foreach (var offer in offers)
        {
            if (_offer is null && _isEnough?.Invoke(offer) is true)
            {
                _offer = offer;
            }
            else
            {
                await _scheduler.SendAsync(Calls.Decline(Id, [offer.Id], TimeSpan.FromSeconds(1)));
            }
        }
    }

    private static string Line(TaskStatus status)
    {
        var line = new StringBuilder(status.State.Word());
        if (status.Source != TaskStatus.Types.Source.Executor)
        {
            line.Append(' ').Append(status.Source.ToString().ToUpperInvariant());
        }

        if (status.HasReason)
        {
            line.Append(' ').Append(status.Reason.Word()["REASON_".Length..]);
        }

        if (status.HasHealthy)
        {
            line.Append(status.Healthy ? " healthy" : " unhealthy");
        }

        return (status.HasMessage ? line.Append(": ").Append(status.Message) : line).ToString();
    }
}
