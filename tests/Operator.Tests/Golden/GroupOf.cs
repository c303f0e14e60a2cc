using System.Text.Json.Nodes;
using MesosK8sBridge.Operator.Pods;

namespace MesosK8sBridge.Operator.Tests.Golden;

/// <summary>Makes of a case with one container the same for a task group: what happened to that container happens to the group's first.</summary>
internal static class GroupOf
{
    private const string First = "a-e05f32";
    private const string Second = "b-aef149";

    /// <param name="second">What the second container does: <c>runs</c>, <c>finished</c>, <c>waits</c>, or <c>alike</c>.</param>
    public static SeenPod Two(SeenPod single, string second)
    {
        var (pod, seen) = (SeenPod.Build("task-group"), (JsonObject)single.Json.DeepClone());
        GoldenTests.Lay(pod, new JsonObject { ["metadata"] = Marks(seen), ["status"] = seen["status"]?.DeepClone() });
        if (pod["status"]?["containerStatuses"] is JsonArray statuses && statuses.FirstOrDefault(status => status!["name"]!.GetValue<string>() == "task") is { } first)
        {
            first["name"] = First;
            var other = (JsonObject)first.DeepClone();
            other["name"] = Second;
            Change(other, second);
            statuses.Add((JsonNode)other);
            if (second == "finished" && pod["metadata"]!["annotations"] is var marks && (marks![TaskMarks.KillRequested] ?? marks[TaskMarks.LaunchFailed]) is not null)
            {
                marks[TaskMarks.KillSpared] = Second;
            }

            if (second is "runs" or "waits" && pod["status"]!["reason"] is null)
            {
                pod["status"]!["phase"] = "Running";
            }
        }

        return single with { Json = pod };
    }

    private static void Change(JsonObject status, string what)
    {
        if (what == "alike")
        {
            return;
        }

        status.Remove("lastState");
        status["state"] = JsonNode.Parse(what switch
        {
            "runs" => """{"running":{"startedAt":"2026-01-02T03:04:05Z"}}""",
            "finished" => """{"terminated":{"exitCode":0,"reason":"Completed","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:10Z"}}""",
            "waits" => """{"waiting":{"reason":"ContainerCreating"}}""",
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, "No word for what a container does."),
        });
    }

    private static JsonObject Marks(JsonObject seen)
    {
        var metadata = new JsonObject();
        foreach (var field in new[] { "deletionTimestamp", "deletionGracePeriodSeconds" }.Where(field => seen["metadata"]![field] is not null))
        {
            metadata[field] = seen["metadata"]![field]!.DeepClone();
        }

        var annotations = new JsonObject();
        foreach (var mark in new[] { TaskMarks.KillRequested, TaskMarks.StopCause, TaskMarks.LaunchFailed, TaskMarks.Drained })
        {
            if (seen["metadata"]!["annotations"]![mark]?.GetValue<string>() is { } value)
            {
                annotations[mark] = mark == TaskMarks.StopCause ? value.Replace(" task", $" {First}", StringComparison.Ordinal) : value;
            }
        }

        metadata["annotations"] = annotations;
        return metadata;
    }
}
