using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Nodes;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>
/// Which ports of each node are held, and how many Pods are on it, exactly as the kubelet counts: by all Pods that have been seen, ours and others', and by
/// launches that are under way. By it a launch that the kubelet would refuse is refused before there is a Pod. Thread-safe. A Pod costs what it holds, however
/// many others there are.
/// </summary>
internal sealed class PlaceLedger(TimeProvider clock)
{
    /// <summary>After that a Pod that was made and never seen has gone again, unseen.</summary>
    private static readonly TimeSpan LongestUnseen = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, Claim> _claims = [];
    private readonly Dictionary<string, NodePlaces> _nodes = [];

    /// <summary>How many Pods count, seen and under way.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _claims.Count;
            }
        }
    }

    /// <summary>Takes what is there now under a Pod's name.</summary>
    /// <param name="pod">Null: nothing.</param>
    public void See(ObjectKey key, V1Pod? pod)
    {
        lock (_lock)
        {
            var known = _claims.GetValueOrDefault(key);
            if (known is { IsUnderWay: true } && !known.IsMadeAs(pod))
            {
                return; // What was there before it.
            }

            var node = pod is null || PodUsage.IsOver(pod) ? null : PodPlace.NodeOf(pod);
            if (known is { IsUnderWay: false } && known.Node == node && known.Uid == pod!.Uid())
            {
                return; // What a Pod holds never changes.
            }

            Replace(key, node is null ? null : new Claim(node, [.. HeldPort.Of(pod!)], pod!.Uid(), Since: null));
        }
    }

    /// <summary>Holds what a Pod will hold that is about to be made.</summary>
    /// <param name="places">How many Pods the node takes; null: nobody has said.</param>
    /// <returns>Why the kubelet would refuse it, and nothing is held then; null if it is held, or was before.</returns>
    public string? Take(ObjectKey key, V1Pod pod, long? places)
    {
        lock (_lock)
        {
            if (_claims.ContainsKey(key) || PodPlace.NodeOf(pod) is not { } node)
            {
                return null; // Tried before.
            }

            var ports = HeldPort.Of(pod).ToImmutableArray();
            if (Problem(node, ports, places) is not null)
            {
                ForgetUnseen(node);
            }

            if (Problem(node, ports, places) is { } problem)
            {
                return problem;
            }

            Replace(key, new Claim(node, ports, Uid: null, clock.GetUtcNow()));
            return null;
        }
    }

    /// <summary>It is there, and will be seen.</summary>
    public void Made(V1Pod pod)
    {
        lock (_lock)
        {
            var key = ObjectKey.Of(pod);
            if (_claims.GetValueOrDefault(key) is { IsUnderWay: true } claim)
            {
                _claims[key] = claim with { Uid = pod.Uid() };
            }
        }
    }

    /// <summary>It will not be made.</summary>
    public void Drop(ObjectKey key)
    {
        lock (_lock)
        {
            if (_claims.GetValueOrDefault(key) is { IsUnderWay: true })
            {
                Replace(key, null);
            }
        }
    }

    private string? Problem(string node, ImmutableArray<HeldPort> ports, long? places) =>
        !_nodes.TryGetValue(node, out var taken) ? (places < 1 ? TooManyPods(node) : null)
        : taken.Pods >= places ? TooManyPods(node)
        : ports.Where(taken.Holds).Select(port => $"NodePorts: port {port} of node '{node}' is taken").FirstOrDefault();

    private static string TooManyPods(string node) => $"OutOfpods: node '{node}' takes no more Pods";

    private void ForgetUnseen(string node)
    {
        if (_nodes.TryGetValue(node, out var places))
        {
            foreach (var key in places.UnderWay.Where(key => _claims[key].Since < clock.GetUtcNow() - LongestUnseen).ToList())
            {
                Replace(key, null);
            }
        }
    }

    private void Replace(ObjectKey key, Claim? claim)
    {
        if (_claims.Remove(key, out var before))
        {
            var places = _nodes[before.Node];
            places.Remove(key, before);
            if (places.Pods == 0)
            {
                _nodes.Remove(before.Node);
            }
        }

        if (claim is not null)
        {
            _claims.Add(key, claim);
            if (!_nodes.TryGetValue(claim.Node, out var places))
            {
                _nodes.Add(claim.Node, places = new NodePlaces());
            }

            places.Add(key, claim);
        }
    }

    /// <param name="Uid">Null until the Pod is made.</param>
    /// <param name="Since">Set until the Pod is seen.</param>
    private sealed record Claim(string Node, ImmutableArray<HeldPort> Ports, string? Uid, DateTimeOffset? Since)
    {
        public bool IsUnderWay => Since is not null;

        /// <summary>Of a launch under way: whether what is seen under its name is its Pod, or that this is gone.</summary>
        public bool IsMadeAs(V1Pod? pod) => Uid is not null && (pod is null || pod.Uid() == Uid);
    }

    private sealed class NodePlaces
    {
        private readonly Dictionary<(string Protocol, int Port), List<HeldPort>> _ports = [];

        public int Pods { get; private set; }

        public HashSet<ObjectKey> UnderWay { get; } = [];

        public bool Holds(HeldPort port) => _ports.TryGetValue((port.Protocol, port.Port), out var holders) && holders.Exists(port.Clashes);

        public void Add(ObjectKey key, Claim claim)
        {
            Pods++;
            if (claim.IsUnderWay)
            {
                UnderWay.Add(key);
            }

            foreach (var port in claim.Ports)
            {
                if (!_ports.TryGetValue((port.Protocol, port.Port), out var holders))
                {
                    _ports.Add((port.Protocol, port.Port), holders = []);
                }

                holders.Add(port);
            }
        }

        public void Remove(ObjectKey key, Claim claim)
        {
            Pods--;
            UnderWay.Remove(key);
            foreach (var port in claim.Ports)
            {
                var holders = _ports[(port.Protocol, port.Port)];
                holders.Remove(port);
                if (holders.Count == 0)
                {
                    _ports.Remove((port.Protocol, port.Port));
                }
            }
        }
    }
}
