using Google.Protobuf;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using Task = System.Threading.Tasks.Task;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Simulation.Bugs;

/// <summary>All planted bugs by name; tests/Simulation/README.md says what each does.</summary>
internal static class AllBugs
{
    public static IReadOnlyDictionary<string, Func<PlantedBug>> ByName { get; } = new SortedDictionary<string, Func<PlantedBug>>(StringComparer.Ordinal)
    {
        ["release-lost"] = () => new ReleaseLost(),
        ["released-unacknowledged"] = () => new ReleasedUnacknowledged(),
        ["no-pause"] = () => new NoPause(),
        ["ack-of-anything"] = () => new AckOfAnything(),
        ["offers-not-charged"] = () => new OffersNotCharged(),
        ["use-not-counted"] = () => new UseNotCounted(),
        ["recovery-skips"] = () => new RecoverySkips(),
        ["end-not-recovered"] = () => new EndNotRecovered(),
        ["relist-not-compared"] = () => new RelistNotCompared(),
        ["ended-twice"] = () => new EndedTwice(),
        ["history-repeated"] = () => new HistoryRepeated(),
        ["silence-is-death"] = () => new SilenceIsDeath(),
        ["kill-lost"] = () => new KillLost(),
        ["end-not-heard"] = () => new EndNotHeard(),
        ["failure-is-success"] = () => new FailureIsSuccess(),
        ["empty-list-believed"] = () => new EmptyListBelieved(),
    };

    public static bool IsEnd(TaskState state) => TaskStates.IsTerminal(state);
}

/// <summary>Every third release of a Pod is forgotten.</summary>
internal sealed class ReleaseLost : PlantedBug
{
    private int _releases;

    public override IEnumerable<MasterEffect> Do(MasterEffect effect) => effect is MasterEffect.Release && ++_releases % 3 == 0 ? [] : [effect];
}

/// <summary>A Pod is let go when its end is told, not when it is acknowledged.</summary>
internal sealed class ReleasedUnacknowledged : PlantedBug
{
    private readonly Dictionary<string, string> _frameworks = [];

    public override IEnumerable<MasterEffect> Do(MasterEffect effect)
    {
        if (effect is MasterEffect.Launch launch)
        {
            foreach (var task in launch.Tasks)
            {
                _frameworks[task.TaskId.Value] = launch.FrameworkId.Value;
            }
        }

        return effect is MasterEffect.Send { Event.Update.Status: { HasUuid: true } status } && AllBugs.IsEnd(status.State)
            && _frameworks.TryGetValue(status.TaskId.Value, out var framework)
                ? [effect, new MasterEffect.Release(new(new(framework), new(status.TaskId.Value)))]
                : [effect];
    }
}

/// <summary>What is not acknowledged is sent again with every event of its stream.</summary>
internal sealed class NoPause : PlantedBug
{
    private readonly Dictionary<string, MasterEffect.Send> _last = [];

    public override IEnumerable<MasterEffect> Do(MasterEffect effect)
    {
        if (effect is not MasterEffect.Send send)
        {
            return [effect];
        }

        var again = _last.GetValueOrDefault(send.Stream.ToString());
        if (send.Event.Update?.Status.HasUuid is true)
        {
            _last[send.Stream.ToString()] = send;
        }

        return again is null ? [effect] : [effect, again];
    }
}

/// <summary>An acknowledgement counts, whatever uuid it has.</summary>
internal sealed class AckOfAnything : PlantedBug
{
    private readonly Dictionary<string, ByteString> _sent = [];

    public override IEnumerable<MasterEffect> Do(MasterEffect effect)
    {
        if (effect is MasterEffect.Send { Event.Update.Status: { HasUuid: true } status })
        {
            _sent[status.TaskId.Value] = status.Uuid;
        }

        return [effect];
    }

    public override IEnumerable<MasterInput> Hear(MasterInput input)
    {
        if (input is MasterInput.SchedulerCall { Call.Acknowledge: { } acknowledge } call && _sent.TryGetValue(acknowledge.TaskId.Value, out var uuid))
        {
            var changed = call.Call.Clone();
            changed.Acknowledge.Uuid = uuid;
            return [call with { Call = changed }];
        }

        return [input];
    }
}

/// <summary>What has been offered to one is offered to another: a DECLINE that nobody sent follows each offer.</summary>
internal sealed class OffersNotCharged : PlantedBug
{
    private readonly Dictionary<string, string> _frameworks = [];
    private MasterInput? _decline;

    public override IEnumerable<MasterEffect> Do(MasterEffect effect)
    {
        if (effect is MasterEffect.Send { Event.Subscribed: { } subscribed } send)
        {
            _frameworks[send.Stream.ToString()] = subscribed.FrameworkId.Value;
        }

        if (effect is MasterEffect.Send { Event.Offers: { } offers } offered && _frameworks.TryGetValue(offered.Stream.ToString(), out var id))
        {
            var call = new Call { Type = Call.Types.Type.Decline, FrameworkId = new FrameworkID { Value = id }, Decline = new Call.Types.Decline() };
            call.Decline.OfferIds.Add(offers.Offers_[0].Id.Clone());
            call.Decline.Filters = new Filters { RefuseSeconds = 0 };
            _decline = new MasterInput.SchedulerCall(new(-1), call, offered.Stream.ToString(), null);
        }

        return [effect];
    }

    public override IEnumerable<MasterInput> Hear(MasterInput input)
    {
        var decline = _decline;
        _decline = null;
        return decline is null ? [input] : [decline, input];
    }
}

/// <summary>What others use on a node is not taken off what it has.</summary>
internal sealed class UseNotCounted : PlantedBug
{
    public override IEnumerable<MasterInput> Hear(MasterInput input)
    {
        if (input is not MasterInput.AgentObserved observed)
        {
            return [input];
        }

        var total = observed.Agent.Total.Select(resource =>
        {
            var more = resource.Clone();
            if (more.Scalar is { } amount)
            {
                amount.Value *= 3;
            }

            return more;
        });
        return [new MasterInput.AgentObserved(observed.Agent with { Total = [.. total] })];
    }
}

/// <summary>Every fourth task is not found after a restart.</summary>
internal sealed class RecoverySkips : PlantedBug
{
    private int _recovered;

    public override IEnumerable<MasterInput> Hear(MasterInput input) => input is MasterInput.TaskRecovered && ++_recovered % 4 == 0 ? [] : [input];
}

/// <summary>After a restart, a task that has ended counts as running.</summary>
internal sealed class EndNotRecovered : PlantedBug
{
    public override IEnumerable<MasterInput> Hear(MasterInput input) => input is MasterInput.TaskRecovered recovered
        ? [recovered with { Statuses = [.. recovered.Statuses.Where(status => !AllBugs.IsEnd(status.State))] }]
        : [input];
}

/// <summary>A list only ever adds: what has gone while nobody watched stays, and what a watch lost is lost.</summary>
internal sealed class RelistNotCompared : PlantedBug
{
    public override IKubernetes See(IKubernetes kubernetes) => new Memory(kubernetes);

    private sealed class Memory(IKubernetes inner) : KubernetesFilter(inner)
    {
        private readonly Dictionary<ObjectKey, IKubernetesObject> _known = [];

        public override async Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        {
            var list = await base.ListAsync<T>(namespaceName, options, cancellationToken);
            if (typeof(T) != typeof(V1Pod))
            {
                return list;
            }

            foreach (var item in list.Items)
            {
                _known.TryAdd(ObjectKey.Of(item), item);
            }

            return new KubernetesList<T>([.. _known.Values.Cast<T>()], list.Metadata);
        }
    }
}

/// <summary>An end is told a second time, under another uuid.</summary>
internal sealed class EndedTwice : PlantedBug
{
    private readonly HashSet<ByteString> _told = [];

    public override IEnumerable<MasterEffect> Do(MasterEffect effect)
    {
        if (effect is not MasterEffect.Send { Event.Update.Status: { HasUuid: true } status } send || !AllBugs.IsEnd(status.State) || _told.Add(status.Uuid))
        {
            return [effect];
        }

        var again = send.Event.Clone();
        again.Update.Status.Uuid = ByteString.CopyFrom([.. status.Uuid.Span.ToArray().Reverse()]);
        return [send with { Event = again }];
    }
}

/// <summary>After a restart, everything is told from the beginning.</summary>
internal sealed class HistoryRepeated : PlantedBug
{
    public override IEnumerable<MasterInput> Hear(MasterInput input) => input is MasterInput.TaskRecovered { Statuses.Length: > 1 } recovered
        ?
        [
            recovered with { Statuses = [recovered.Statuses[0]] },
            new MasterInput.TaskObserved(new(recovered.Framework, new(recovered.Task.TaskId.Value)), recovered.Statuses),
        ]
        : [input];
}

/// <summary>A node that says nothing is a node that is gone.</summary>
internal sealed class SilenceIsDeath : PlantedBug
{
    public override IEnumerable<MasterInput> Hear(MasterInput input) =>
        input is MasterInput.AgentUnreachable unreachable ? [new MasterInput.AgentRemoved(unreachable.Agent)] : [input];
}

/// <summary>Of all tasks, those with an even last digit cannot be killed.</summary>
internal sealed class KillLost : PlantedBug
{
    public override IEnumerable<MasterEffect> Do(MasterEffect effect) => effect is MasterEffect.Kill kill && kill.Task.Task.Value[^1] % 2 == 0 ? [] : [effect];
}

/// <summary>Every tenth end of a task is overheard.</summary>
internal sealed class EndNotHeard : PlantedBug
{
    private int _ends;

    public override IEnumerable<MasterInput> Hear(MasterInput input) =>
        input is MasterInput.TaskObserved observed && observed.Statuses.Any(status => AllBugs.IsEnd(status.State)) && ++_ends % 10 == 0 ? [] : [input];
}

/// <summary>A task that failed is told to have finished.</summary>
internal sealed class FailureIsSuccess : PlantedBug
{
    public override IEnumerable<MasterEffect> Do(MasterEffect effect)
    {
        if (effect is not MasterEffect.Send { Event.Update.Status: { State: TaskState.TaskFailed, Source: TaskStatus.Types.Source.Executor } } send)
        {
            return [effect];
        }

        var changed = send.Event.Clone();
        changed.Update.Status.State = TaskState.TaskFinished;
        return [send with { Event = changed }];
    }
}

/// <summary>Every other list of Pods comes out empty, and is believed: nobody asks for those that are missing by name.</summary>
internal sealed class EmptyListBelieved : PlantedBug
{
    public override IKubernetes See(IKubernetes kubernetes) => new Blind(kubernetes);

    private sealed class Blind(IKubernetes inner) : KubernetesFilter(inner)
    {
        private int _lists;

        public override async Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        {
            var list = await base.ListAsync<T>(namespaceName, options, cancellationToken);
            return typeof(T) == typeof(V1Pod) && ++_lists % 2 == 0 ? new KubernetesList<T>([], list.Metadata) : list;
        }

        public override Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default) =>
            typeof(T) == typeof(V1Pod) ? Task.FromException<T>(new KubernetesException(404, "NotFound", name)) : base.GetAsync<T>(name, namespaceName, cancellationToken);
    }
}

/// <summary>Passes everything on.</summary>
internal abstract class KubernetesFilter(IKubernetes inner) : IKubernetes
{
    public virtual Task<T> GetAsync<T>(string name, string? namespaceName = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.GetAsync<T>(name, namespaceName, cancellationToken);

    public virtual Task<KubernetesList<T>> ListAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.ListAsync<T>(namespaceName, options, cancellationToken);

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? namespaceName = null, ListOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.WatchAsync<T>(namespaceName, options, cancellationToken);

    public Task<T> CreateAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.CreateAsync(obj, cancellationToken);

    public Task<T> ReplaceAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.ReplaceAsync(obj, cancellationToken);

    public Task<T> ReplaceStatusAsync<T>(T obj, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.ReplaceStatusAsync(obj, cancellationToken);

    public Task<T> PatchAsync<T>(V1Patch patch, string name, string? namespaceName = null, string? subresource = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.PatchAsync<T>(patch, name, namespaceName, subresource, cancellationToken);

    public Task DeleteAsync<T>(string name, string? namespaceName = null, V1DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.DeleteAsync<T>(name, namespaceName, options, cancellationToken);

    public Task DeleteCollectionAsync<T>(string namespaceName, string labelSelector, CancellationToken cancellationToken = default)
        where T : IKubernetesObject => inner.DeleteCollectionAsync<T>(namespaceName, labelSelector, cancellationToken);

    public Task<Stream> ReadPodLogAsync(string name, string namespaceName, PodLogOptions? options = null, CancellationToken cancellationToken = default) =>
        inner.ReadPodLogAsync(name, namespaceName, options, cancellationToken);

    public Task EvictAsync(string name, string namespaceName, V1DeleteOptions? options = null, CancellationToken cancellationToken = default) =>
        inner.EvictAsync(name, namespaceName, options, cancellationToken);

    public Task<string> GetRawAsync(string path, CancellationToken cancellationToken = default) => inner.GetRawAsync(path, cancellationToken);
}
