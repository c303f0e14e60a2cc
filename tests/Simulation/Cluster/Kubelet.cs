using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Cluster;

/// <summary>
/// The kubelet of one node: takes Pods, runs their containers, reports, ends them. Containers run on while it cannot speak to the
/// API server, and end when their machine does.
/// </summary>
/// <remarks>Kubernetes: pkg/kubelet/kubelet.go, pkg/kubelet/status/status_manager.go, pkg/kubelet/lifecycle/predicate.go.</remarks>
internal sealed class Kubelet
{
    private readonly World _world;
    private readonly ApiServer _server;
    private readonly Random _random;
    private readonly string _node;
    private readonly Dictionary<string, LocalPod> _pods = [];
    private PodRequests _capacity;
    private bool _isGone;

    public Kubelet(World world, ApiServer server, V1Node node, bool deletesFinished, Random random)
    {
        (_world, _server, _random, _node, DeletesFinished) = (world, server, random, node.Name(), deletesFinished);
        _capacity = CapacityOf(node);
    }

    /// <summary>It hears and is heard.</summary>
    public bool IsConnected { get; private set; } = true;

    /// <summary>Ends deleted Pods by a deletion with grace 0 even while a finalizer holds them, as newer ones do.</summary>
    public bool DeletesFinished { get; }

    /// <summary>Told of every Pod that finds no room.</summary>
    public Action<V1Pod>? Refused { get; init; }

    public IReadOnlyDictionary<string, LocalPod> Pods => _pods;

    /// <summary>What the API server shows of a Pod of this node has changed.</summary>
    public void Notice(V1Pod pod)
    {
        if (IsConnected && !_isGone)
        {
            _world.After(_random.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(80)), () => Sync(pod));
        }
    }

    public void Disconnect() => IsConnected = false;

    public void Reconnect()
    {
        IsConnected = true;
        foreach (var pod in _server.Pods.Where(pod => pod.Spec?.NodeName == _node).Concat(_pods.Values.Select(local => local.Pod)).ToList())
        {
            Notice(pod);
        }

        foreach (var local in _pods.Values.ToList())
        {
            Report(local);
        }
    }

    /// <summary>The machine goes: what runs on it ends, and nobody says so unless it comes back.</summary>
    public void PowerOff(bool forGood)
    {
        IsConnected = false;
        _isGone = forGood;
        foreach (var container in _pods.Values.SelectMany(pod => pod.Containers).Where(container => container.IsRunning))
        {
            End(container, 255, "Error");
        }
    }

    private void Sync(V1Pod seen)
    {
        if (!IsConnected || _isGone)
        {
            return;
        }

        var pod = _server.FindPod(seen.Namespace(), seen.Name());
        if (pod is null || pod.Uid() != seen.Uid())
        {
            if (_pods.TryGetValue(seen.Uid(), out var forgotten))
            {
                Stop(forgotten, TimeSpan.FromSeconds(1)); // Deleted by force: the containers are ended all the same.
            }

            return;
        }

        if (_pods.TryGetValue(pod.Uid(), out var local))
        {
            local.Pod = pod;
            Follow(local);
        }
        else if (pod.Status?.Phase is not ("Succeeded" or "Failed"))
        {
            Take(pod);
        }
        else if (pod.IsDeleting())
        {
            FinishDeletion(pod);
        }
    }

    private void Take(V1Pod pod)
    {
        var local = new LocalPod(pod, ApiServer.Second(_world.Now));
        _pods.Add(pod.Uid(), local);
        if (pod.IsDeleting())
        {
            foreach (var container in local.Containers)
            {
                container.Vanish(_world.Now);
            }

            Report(local);
            return;
        }

        var used = _pods.Values.Where(other => other != local && !other.IsOver).Select(other => other.Requests).ToList();
        if (used.Sum(u => u.Cpu) + local.Requests.Cpu > _capacity.Cpu || used.Sum(u => u.Memory) + local.Requests.Memory > _capacity.Memory)
        {
            local.Refusal = "OutOfcpu";
            Refused?.Invoke(pod);
            Report(local);
            return;
        }

        Report(local);
        foreach (var container in local.Containers)
        {
            if (container.Conduct.Fortune == Fortune.Unpullable)
            {
                _world.After(TimeSpan.FromSeconds(3), () => FailPull(local, container));
            }
            else
            {
                _world.After(_random.Between(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(4)), () => Start(local, container));
            }
        }
    }

    private void FailPull(LocalPod local, LocalContainer container)
    {
        if (container.IsWaiting)
        {
            container.Waiting = "ImagePullBackOff";
            Report(local);
        }
    }

    private void Start(LocalPod local, LocalContainer container)
    {
        if (_isGone || !container.IsWaiting || local.IsStopping)
        {
            return;
        }

        container.StartedAt = ApiServer.Second(_world.Now);
        if (container.Conduct.Fortune == Fortune.Unstartable)
        {
            End(container, 128, "StartError");
        }
        else
        {
            _world.After(container.Conduct.Runs, () => RunOut(local, container));
        }

        Report(local);
    }

    private void RunOut(LocalPod local, LocalContainer container)
    {
        if (container.IsRunning)
        {
            var starved = container.Conduct.Fortune == Fortune.Starved;
            End(container, starved ? 137 : container.Conduct.Exit, starved ? "OOMKilled" : container.Conduct.Exit == 0 ? "Completed" : "Error");
            Report(local);
        }
    }

    private void Follow(LocalPod local)
    {
        if (local.Pod.IsDeleting() && !local.IsStopping)
        {
            var grace = TimeSpan.FromSeconds(local.Pod.Metadata.DeletionGracePeriodSeconds ?? 0);
            Stop(local, grace > TimeSpan.FromSeconds(1) ? grace : TimeSpan.FromSeconds(1));
        }
        else if (local is { IsOver: true, IsStopping: true } or { IsOver: true, Pod.Metadata.DeletionTimestamp: not null })
        {
            Report(local);
        }
    }

    private void Stop(LocalPod local, TimeSpan grace)
    {
        if (local.IsStopping)
        {
            return;
        }

        local.IsStopping = true;
        foreach (var container in local.Containers)
        {
            if (container.IsRunning)
            {
                var obeys = container.Conduct.Obeys;
                var after = obeys ? grace * _random.NextDouble() * 0.5 : grace;
                _world.After(after, () => Finish(local, container, obeys ? 143 : 137));
            }
            else if (container.IsWaiting)
            {
                container.Vanish(_world.Now);
            }
        }

        if (local.IsOver)
        {
            Report(local);
        }
    }

    private void Finish(LocalPod local, LocalContainer container, int exit)
    {
        if (container.IsRunning)
        {
            End(container, exit, "Error");
            Report(local);
        }
    }

    private void End(LocalContainer container, int exit, string reason) => container.End(ApiServer.Second(_world.Now), exit, reason);

    /// <summary>Reports are written one after the other, a moment later, and show what is then.</summary>
    private void Report(LocalPod local)
    {
        if (!local.IsReporting && IsConnected && !_isGone)
        {
            local.IsReporting = true;
            _world.After(_random.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(300)), () => Write(local));
        }
    }

    private void Write(LocalPod local)
    {
        local.IsReporting = false;
        if (!IsConnected || _isGone)
        {
            return;
        }

        if (_server.FindPod(local.Pod.Namespace(), local.Pod.Name()) is not { } present || present.Uid() != local.Pod.Uid())
        {
            if (local.IsOver)
            {
                _pods.Remove(local.Pod.Uid());
            }

            return;
        }

        local.Pod = present;
        var status = local.Status(_node);
        if (!local.WasReported(status))
        {
            _server.ReportPod(present, status);
        }

        if (local.IsOver && _server.FindPod(present.Namespace(), present.Name()) is { } now && now.Uid() == present.Uid() && now.IsDeleting())
        {
            FinishDeletion(now);
        }
    }

    private void FinishDeletion(V1Pod pod)
    {
        if (DeletesFinished || pod.Metadata.Finalizers is not { Count: > 0 })
        {
            _pods.Remove(pod.Uid());
            _server.Delete<V1Pod>(ObjectKey.Of(pod), new V1DeleteOptions { GracePeriodSeconds = 0, Preconditions = new V1Preconditions { Uid = pod.Uid() } });
        }
    }

    private static PodRequests CapacityOf(V1Node node) => new(
        node.Status!.Allocatable!["cpu"].Value, node.Status.Allocatable["memory"].Value, 0, default);
}
