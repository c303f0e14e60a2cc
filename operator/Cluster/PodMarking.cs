using System.Globalization;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>The patches that mark a Pod. Each names the Pod's uid, so that it never changes another of the same name.</summary>
internal static class PodMarking
{
    /// <param name="spared">Containers of a group that had ended before.</param>
    /// <param name="stop">Set if it is not the framework that asks.</param>
    public static V1Patch KillRequested(V1Pod pod, DateTimeOffset now, IReadOnlyCollection<string> spared, PodWork.Stop? stop = null)
    {
        var annotations = new JsonObject { [TaskMarks.KillRequested] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) };
        Spare(annotations, spared);
        if (stop is not null)
        {
            annotations[TaskMarks.StopCause] = $"{stop.Cause} {stop.Container}";
        }

        return Annotate(pod, annotations);
    }

    /// <param name="spared">As above.</param>
    public static V1Patch LaunchFailed(V1Pod pod, string message, IReadOnlyCollection<string> spared)
    {
        var annotations = new JsonObject { [TaskMarks.LaunchFailed] = message };
        Spare(annotations, spared);
        return Annotate(pod, annotations);
    }

    public static V1Patch Drained(V1Pod pod, string why) => Annotate(pod, new JsonObject { [TaskMarks.Drained] = why });

    /// <param name="acknowledged">Uuids of all terminal updates acknowledged so far.</param>
    public static V1Patch Acknowledged(V1Pod pod, string acknowledged) => Annotate(pod, new JsonObject { [TaskMarks.Acknowledged] = acknowledged });

    /// <param name="acknowledged">As above; of a Pod that nobody will acknowledge anything of, <see cref="TaskMarks.Abandoned"/>.</param>
    public static V1Patch Released(V1Pod pod, string acknowledged)
    {
        var others = (pod.Metadata.Finalizers ?? []).Where(finalizer => finalizer != TaskMarks.Finalizer).Select(f => (JsonNode)f).ToArray();
        return V1Patch.Merge(new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = pod.Uid(),
                ["finalizers"] = others.Length == 0 ? null : new JsonArray(others),
                ["annotations"] = new JsonObject { [TaskMarks.Acknowledged] = acknowledged },
            },
        });
    }

    private static void Spare(JsonObject annotations, IReadOnlyCollection<string> spared)
    {
        if (spared.Count > 0)
        {
            annotations[TaskMarks.KillSpared] = string.Join(',', spared);
        }
    }

    private static V1Patch Annotate(V1Pod pod, JsonObject annotations) =>
        V1Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Uid(), ["annotations"] = annotations } });
}
