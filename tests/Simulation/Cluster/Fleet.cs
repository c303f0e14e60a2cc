using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Cluster;

/// <summary>The nodes of a cluster, their kubelets, and the controllers that look after both.</summary>
/// <remarks>Kubernetes: pkg/controller/nodelifecycle, pkg/controller/podgc.</remarks>
internal sealed class Fleet
{
    /// <summary>After which a silent node is Unknown.</summary>
    private static readonly TimeSpan Monitor = TimeSpan.FromSeconds(40);

    private readonly World _world;
    private readonly ApiServer _server;
    private readonly Random _random;
    private readonly bool _deletesFinished;
    private readonly Dictionary<string, Kubelet> _kubelets = [];

    public Fleet(World world, ApiServer server, Random random)
    {
        (_world, _server, _random) = (world, server, random);
        _deletesFinished = random.Is(0.7);
        server.PodChanged += (before, after) =>
        {
            if ((after ?? before) is { Spec.NodeName: { } node } pod && _kubelets.TryGetValue(node, out var kubelet))
            {
                kubelet.Notice(pod);
            }
        };
    }

    public Action<V1Pod>? Refused { get; set; }

    public IReadOnlyCollection<string> Names => _kubelets.Keys;

    public Kubelet? KubeletOf(string node) => _kubelets.GetValueOrDefault(node);

    public void Add(string name, int cpus)
    {
        if (_server.FindNode(name) is not null)
        {
            return;
        }

        var node = _server.Create(NewNode(name, cpus));
        _kubelets[name] = new Kubelet(_world, _server, node, _deletesFinished, _random) { Refused = pod => Refused?.Invoke(pod) };
        Beat(node.Uid(), name);
    }

    /// <summary>The node falls silent. Its containers run on, unless the machine itself went.</summary>
    public void Disconnect(string name, bool powerOff)
    {
        if (!_kubelets.TryGetValue(name, out var kubelet) || !kubelet.IsConnected)
        {
            return;
        }

        kubelet.Disconnect();
        if (powerOff)
        {
            kubelet.PowerOff(forGood: false);
        }

        _world.After(Monitor + _random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(5)), () =>
        {
            if (_kubelets.GetValueOrDefault(name) == kubelet && !kubelet.IsConnected)
            {
                SetReady(name, "Unknown");
            }
        });
    }

    public void Reconnect(string name)
    {
        if (_kubelets.TryGetValue(name, out var kubelet) && !kubelet.IsConnected)
        {
            kubelet.Reconnect();
            SetReady(name, "True");
        }
    }

    /// <summary>The node is deleted, and its machine with it. Its Pods are collected some time later.</summary>
    public void Remove(string name)
    {
        if (_server.FindNode(name) is null)
        {
            return;
        }

        _server.Delete<V1Node>(new ObjectKey(null, name), null);
        _kubelets[name].PowerOff(forGood: true);
        _kubelets.Remove(name);
        _world.After(_random.Between(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(60)), CollectOrphans);
    }

    public void Cordon(string name, bool on)
    {
        if (_server.FindNode(name) is { } node)
        {
            var changed = Copies.Copy(node);
            changed.Spec = new V1NodeSpec { Unschedulable = on ? true : null };
            _server.ReplaceNode(changed);
        }
    }

    /// <summary>A Pod that has nothing to do with Mesos, put there by somebody else.</summary>
    public void AddForeignPod(string name, string node, decimal cpus, TimeSpan runs)
    {
        if (_server.FindPod("kube-system", name) is not null || _server.FindNode(node) is null)
        {
            return;
        }

        _server.Create(new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "kube-system" },
            Spec = new V1PodSpec
            {
                NodeName = node,
                RestartPolicy = "Never",
                TerminationGracePeriodSeconds = 5,
                Containers =
                [
                    new V1Container
                    {
                        Name = "other",
                        Command = ["sh", new Conduct(runs, 0, Fortune.Runs, Obeys: true).Command],
                        Resources = new V1ResourceRequirements
                        {
                            Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(cpus), ["memory"] = new(64 << 20) },
                        },
                    },
                ],
            },
        });
    }

    /// <summary>Pods of nodes that are no more.</summary>
    public void CollectOrphans()
    {
        foreach (var pod in _server.Pods.Where(pod => pod.Spec?.NodeName is { } node && _server.FindNode(node) is null).ToList())
        {
            if (pod.Status?.Phase is not ("Succeeded" or "Failed"))
            {
                _server.ReportPod(pod, new V1PodStatus
                {
                    Phase = "Failed",
                    StartTime = pod.Status?.StartTime,
                    Reason = pod.Status?.Reason,
                    ContainerStatuses = pod.Status?.ContainerStatuses,
                });
            }

            _server.Delete<V1Pod>(ObjectKey.Of(pod), new V1DeleteOptions { GracePeriodSeconds = 0 });
        }
    }

    private void SetReady(string name, string ready)
    {
        if (_server.FindNode(name) is { } node && node.Status!.Conditions![0].Status != ready)
        {
            var changed = Copies.Copy(node);
            changed.Status = Status(node.Status.Allocatable!, name, ready);
            _server.ReplaceNode(changed);
        }
    }

    /// <summary>Every five minutes a node says that nothing has changed.</summary>
    private void Beat(string uid, string name) =>
        _world.After(TimeSpan.FromMinutes(5), () =>
        {
            if (_server.FindNode(name) is { } node && node.Uid() == uid)
            {
                if (_kubelets[name].IsConnected)
                {
                    _server.ReplaceNode(Copies.Copy(node));
                }

                Beat(uid, name);
            }
        });

    private V1Node NewNode(string name, int cpus) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["kubernetes.io/hostname"] = name } },
        Spec = new V1NodeSpec(),
        Status = Status(
            new Dictionary<string, ResourceQuantity>
            {
                ["cpu"] = new(cpus), ["memory"] = new(cpus * 2048L << 20), ["ephemeral-storage"] = new(100L << 30), ["pods"] = new(110),
            },
            name,
            "True"),
    };

    private V1NodeStatus Status(IDictionary<string, ResourceQuantity> allocatable, string name, string ready) => new()
    {
        Allocatable = allocatable,
        Capacity = allocatable,
        Conditions = [new V1NodeCondition { Type = "Ready", Status = ready, LastTransitionTime = ApiServer.Second(_world.Now) }],
        Addresses = [new V1NodeAddress { Type = "Hostname", Address = name }, new V1NodeAddress { Type = "InternalIP", Address = "10.0.0.1" }],
    };
}
