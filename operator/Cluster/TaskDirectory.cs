using System.Collections.Concurrent;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Where each task is: known from the moment its launch is taken over until its Pod is released. Thread-safe.</summary>
internal sealed class TaskDirectory
{
    private readonly ConcurrentDictionary<TaskKey, Place> _places = new();
    private readonly ConcurrentDictionary<PodKey, TaskPod> _pods = new();

    public PodKey? PlaceOf(TaskKey task) => _places.TryGetValue(task, out var place) ? place.Pod : null;

    /// <summary>The newest of our Pods of that name that has been seen; null if there is none.</summary>
    public TaskPod? Find(PodKey pod) => _pods.GetValueOrDefault(pod);

    public IEnumerable<TaskPod> All => _pods.Values;

    /// <summary>The task was launched by this life of the bridge, so that the master knows it.</summary>
    public bool IsLaunchedHere(TaskKey task) => _places.TryGetValue(task, out var place) && place.IsLaunchedHere;

    /// <summary>From now on the task's kills and releases are that Pod's, which does not exist yet.</summary>
    public void Launching(TaskKey task, PodKey pod) => _places[task] = new Place(pod, Uid: null, IsLaunchedHere: true);

    public void LaunchFailed(TaskKey task) => _places.TryRemove(task, out _);

    /// <summary>Takes what the API server said of a Pod, unless something newer is known.</summary>
    public void See(TaskPod seen)
    {
        var key = PodKey.Of(seen.Pod);
        var kept = _pods.AddOrUpdate(key, seen, (_, known) => IsOlder(seen.Pod, known.Pod) ? known : seen);
        if (!ReferenceEquals(kept, seen))
        {
            return;
        }

        foreach (var task in seen.Tasks.Keys)
        {
            if (PodTasks.IsReleased(seen.Pod))
            {
                Forget(task, seen.Pod.Uid());
            }
            else
            {
                _places.AddOrUpdate(
                    task,
                    new Place(key, seen.Pod.Uid(), IsLaunchedHere: false),
                    (_, known) => new Place(key, seen.Pod.Uid(), known.IsLaunchedHere && (known.Uid is null || known.Uid == seen.Pod.Uid())));
            }
        }
    }

    public void Gone(TaskPod pod)
    {
        _pods.TryRemove(new KeyValuePair<PodKey, TaskPod>(PodKey.Of(pod.Pod), pod));
        foreach (var task in pod.Tasks.Keys)
        {
            Forget(task, pod.Pod.Uid());
        }
    }

    /// <summary>A launch of the same task that is under way keeps its place.</summary>
    private void Forget(TaskKey task, string uid)
    {
        if (_places.TryGetValue(task, out var place) && place.Uid == uid)
        {
            _places.TryRemove(new KeyValuePair<TaskKey, Place>(task, place));
        }
    }

    /// <summary>Resource versions of one object can be compared as numbers, whatever the rule says: Kubernetes itself does.</summary>
    private static bool IsOlder(V1Pod a, V1Pod b) =>
        a.Uid() == b.Uid()
        && ulong.TryParse(a.ResourceVersion(), out var versionOfA)
        && ulong.TryParse(b.ResourceVersion(), out var versionOfB)
        && versionOfA < versionOfB;

    private readonly record struct Place(PodKey Pod, string? Uid, bool IsLaunchedHere);
}

/// <summary>A Pod of ours with what it was made from.</summary>
internal sealed record TaskPod(V1Pod Pod, PodTasks Tasks)
{
    /// <param name="known">An earlier sight of the same Pod, whose annotations need not be read again.</param>
    public static TaskPod? TryRead(V1Pod pod, TaskPod? known = null)
    {
        if (known is not null && known.Pod.Uid() == pod.Uid())
        {
            return known with { Pod = pod };
        }

        return PodTasks.IsOurs(pod) && PodTasks.TryRead(pod, out var tasks) ? new TaskPod(pod, tasks) : null;
    }
}
