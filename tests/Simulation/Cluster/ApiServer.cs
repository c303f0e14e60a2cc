using System.Globalization;
using System.Text.Json;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Cluster;

/// <summary>
/// The objects of a cluster, and the rules by which an API server changes them: versions, uids, preconditions, finalizers, grace.
/// Each call happens whole, at one moment.
/// </summary>
/// <remarks>Kubernetes: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go, pkg/registry/core/pod/strategy.go.</remarks>
internal sealed class ApiServer(World world, Random random)
{
    private readonly Dictionary<Type, object> _shelves = new()
    {
        [typeof(V1Pod)] = new Shelf<V1Pod>(),
        [typeof(V1Node)] = new Shelf<V1Node>(),
        [typeof(V1Alpha1MesosFramework)] = new Shelf<V1Alpha1MesosFramework>(),
    };

    public long Version { get; private set; } = 1;

    public IReadOnlyCollection<V1Pod> Pods => Shelf<V1Pod>().All;

    public IReadOnlyCollection<V1Node> Nodes => Shelf<V1Node>().All;

    /// <summary>Every change of a Pod: before, null for a new one; after, null for one that is gone.</summary>
    public event Action<V1Pod?, V1Pod?>? PodChanged;

    public Shelf<T> Shelf<T>()
        where T : class, IKubernetesObject =>
        _shelves.TryGetValue(typeof(T), out var shelf) ? (Shelf<T>)shelf : throw new NotSupportedException($"Nobody keeps a {typeof(T).Name} here.");

    public V1Pod? FindPod(string? namespaceName, string name) => Shelf<V1Pod>().Find(new ObjectKey(namespaceName, name));

    public V1Node? FindNode(string name) => Shelf<V1Node>().Find(new ObjectKey(null, name));

    public T Get<T>(ObjectKey key)
        where T : class, IKubernetesObject =>
        Shelf<T>().Find(key) ?? throw new KubernetesException(404, "NotFound", $"{typeof(T).Name} {key} not found");

    public KubernetesList<T> List<T>()
        where T : class, IKubernetesObject =>
        new([.. Shelf<T>().All], new V1ListMeta { ResourceVersion = Text(Version) });

    public T Create<T>(T obj)
        where T : class, IKubernetesObject
    {
        if (Shelf<T>().Find(ObjectKey.Of(obj)) is not null)
        {
            throw new KubernetesException(409, "AlreadyExists", $"{typeof(T).Name} {ObjectKey.Of(obj)} already exists");
        }

        var created = Copies.With(obj, meta =>
        {
            meta.Uid = random.Guid().ToString("D");
            meta.CreationTimestamp = Second(world.Now);
            meta.Generation = 1;
        });
        if (created is V1Pod { Status: null } pod)
        {
            pod.Status = new V1PodStatus { Phase = "Pending" };
        }

        return Put(null, created);
    }

    /// <summary>The status only; the rest stays as it is.</summary>
    public T ReplaceStatus<T>(T obj)
        where T : class, IKubernetesObject
    {
        var present = Get<T>(ObjectKey.Of(obj));
        CheckVersion(present, obj.ResourceVersion());
        var changed = Copies.Copy(present);
        switch (changed, (object)obj)
        {
            case (V1Alpha1MesosFramework framework, V1Alpha1MesosFramework given):
                framework.Status = given.Status;
                break;
            case (V1Node node, V1Node given):
                node.Status = given.Status;
                break;
            default:
                throw new NotSupportedException(typeof(T).Name);
        }

        return Put(present, changed);
    }

    public V1Node ReplaceNode(V1Node node) => Put(Get<V1Node>(ObjectKey.Of(node)), node);

    /// <summary>What a kubelet reports. Nothing happens if the Pod is no more.</summary>
    public void ReportPod(V1Pod seen, V1PodStatus status)
    {
        if (FindPod(seen.Namespace(), seen.Name()) is { } present && present.Uid() == seen.Uid())
        {
            Put(present, Copies.With(present, status));
        }
    }

    /// <summary>A merge patch of the metadata: nobody here patches anything else.</summary>
    public T Patch<T>(ObjectKey key, V1Patch patch)
        where T : class, IKubernetesObject
    {
        if (patch.Type != V1Patch.PatchType.MergePatch)
        {
            throw new NotSupportedException(patch.ContentType);
        }

        var present = Get<T>(key);
        using var document = JsonDocument.Parse(patch.Content);
        var changed = Copies.With(present, meta => Apply(document.RootElement, present, meta));
        return Settle(present, changed);
    }

    public void Delete<T>(ObjectKey key, V1DeleteOptions? options)
        where T : class, IKubernetesObject
    {
        var present = Get<T>(key);
        if (options?.Preconditions?.Uid is { } uid && uid != present.Uid())
        {
            throw new KubernetesException(409, "Conflict", $"Precondition failed: UID in precondition: {uid}, UID in object meta: {present.Uid()}");
        }

        var grace = present is V1Pod pod ? GraceOf(pod, options) : 0;
        if (present.IsDeleting() && grace >= (present.Metadata.DeletionGracePeriodSeconds ?? 0))
        {
            return;
        }

        Settle(present, Copies.With(present, meta =>
        {
            meta.DeletionTimestamp = Second(world.Now) + TimeSpan.FromSeconds(grace);
            meta.DeletionGracePeriodSeconds = grace;
            meta.Generation++;
        }));
    }

    /// <summary>Someone who may do anything takes the finalizers away.</summary>
    public void DropFinalizers(V1Pod pod) => Settle(pod, Copies.With(pod, meta => meta.Finalizers = null));

    public static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    public static DateTimeOffset Second(DateTimeOffset time) => new(time.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);

    private static long GraceOf(V1Pod pod, V1DeleteOptions? options) =>
        pod.Spec?.NodeName is null || pod.Status?.Phase is "Succeeded" or "Failed" ? 0
        : options?.GracePeriodSeconds ?? pod.Spec.TerminationGracePeriodSeconds ?? 30;

    private static void CheckVersion(IKubernetesObject present, string? given)
    {
        if (!string.IsNullOrEmpty(given) && given != present.ResourceVersion())
        {
            throw new KubernetesException(409, "Conflict", "the object has been modified; please apply your changes to the latest version and try again");
        }
    }

    private static void Apply(JsonElement patch, IKubernetesObject present, V1ObjectMeta meta)
    {
        foreach (var field in patch.GetProperty("metadata").EnumerateObject())
        {
            switch (field.Name)
            {
                case "uid" when field.Value.GetString() != present.Uid():
                    throw new KubernetesException(409, "Conflict", "Precondition failed: UID in precondition is not the object's");
                case "uid":
                    break;
                case "resourceVersion":
                    CheckVersion(present, field.Value.GetString());
                    break;
                case "finalizers":
                    meta.Finalizers = field.Value.ValueKind == JsonValueKind.Null ? null : [.. field.Value.EnumerateArray().Select(f => f.GetString()!)];
                    break;
                case "annotations":
                    meta.Annotations = Merged(meta.Annotations, field.Value);
                    break;
                default:
                    throw new NotSupportedException(field.Name);
            }
        }
    }

    private static SortedDictionary<string, string> Merged(IDictionary<string, string>? before, JsonElement change)
    {
        var merged = new SortedDictionary<string, string>(before ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (var field in change.EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.Null)
            {
                merged.Remove(field.Name);
            }
            else
            {
                merged[field.Name] = field.Value.GetString()!;
            }
        }

        return merged;
    }

    /// <summary>An object that is being deleted goes when nothing holds it any more.</summary>
    private T Settle<T>(T present, T changed)
        where T : class, IKubernetesObject
    {
        var isHeld = changed.Metadata.Finalizers is { Count: > 0 } || (changed is V1Pod && changed.Metadata.DeletionGracePeriodSeconds is > 0);
        return changed.IsDeleting() && !isHeld ? Remove(present, changed) : Put(present, changed);
    }

    private T Put<T>(T? before, T after)
        where T : class, IKubernetesObject
    {
        after.Metadata.ResourceVersion = Text(++Version);
        Shelf<T>().Put(after, Version);
        if (after is V1Pod pod)
        {
            PodChanged?.Invoke(before as V1Pod, pod);
        }

        return after;
    }

    private T Remove<T>(T present, T last)
        where T : class, IKubernetesObject
    {
        last.Metadata.ResourceVersion = Text(++Version);
        Shelf<T>().Remove(last, Version);
        if (last is V1Pod)
        {
            PodChanged?.Invoke(present as V1Pod, null);
        }

        return last;
    }
}
