using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Notes which objects have changed, until the observer comes to look. However often one changes, it is one.</summary>
internal sealed class SightingBook
{
    private readonly Lock _lock = new();
    private HashSet<string> _nodes = [];
    private HashSet<ObjectKey> _pods = [];
    private List<V1Pod> _gone = [];
    private List<Finding> _findings = [];
    private TaskCompletionSource _noted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask Note(InformerEvent<V1Node> happened, CancellationToken cancellationToken)
    {
        if (ObjectOf(happened) is { } node)
        {
            Note(page => page._nodes.Add(node.Metadata.Name!));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask Note(InformerEvent<V1Pod> happened, CancellationToken cancellationToken)
    {
        if (ObjectOf(happened) is { } pod)
        {
            Note(page =>
            {
                page._pods.Add(ObjectKey.Of(pod));
                if (happened is InformerEvent<V1Pod>.Deleted)
                {
                    page._gone.Add(pod);
                }
            });
        }

        return ValueTask.CompletedTask;
    }

    public void NoteNode(string name) => Note(page => page._nodes.Add(name));

    public void NoteFinding(Finding finding) => Note(page => page._findings.Add(finding));

    public void NotePod(ObjectKey pod) => Note(page => page._pods.Add(pod));

    /// <summary>Completes as soon as there is something to look at.</summary>
    public Task WhenNoted()
    {
        lock (_lock)
        {
            return _noted.Task;
        }
    }

    /// <summary>Lets whoever waits look at the clock, with nothing noted.</summary>
    public void Wake() => Note(_ => { });

    public Sightings Take()
    {
        lock (_lock)
        {
            var taken = new Sightings(_nodes, _pods, _gone, _findings);
            (_nodes, _pods, _gone, _findings) = ([], [], [], []);
            _noted = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return taken;
        }
    }

    private void Note(Action<SightingBook> entry)
    {
        lock (_lock)
        {
            entry(this);
            _noted.TrySetResult();
        }
    }

    private static T? ObjectOf<T>(InformerEvent<T> happened)
        where T : class, IKubernetesObject =>
        happened switch
        {
            InformerEvent<T>.Added added => added.Object,
            InformerEvent<T>.Updated updated => updated.Object,
            InformerEvent<T>.Deleted deleted => deleted.Last,
            _ => null,
        };
}

/// <param name="Gone">The last that was seen of Pods that are not seen any more; another of the same name may be there by now.</param>
internal sealed record Sightings(
    IReadOnlySet<string> Nodes, IReadOnlySet<ObjectKey> Pods, IReadOnlyList<V1Pod> Gone, IReadOnlyList<Finding> Findings);
