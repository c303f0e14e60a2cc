using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>A task group as <c>mesos-execute</c> takes it: a TaskGroupInfo in Mesos' JSON.</summary>
internal static class TaskGroupText
{
    /// <summary>What the default executor needs for itself, as mesos-execute gives it. Mesos: src/cli/execute.cpp.</summary>
    private const string ExecutorResources = "cpus:0.1;mem:32;disk:32";

    /// <param name="text">JSON, or the path of a file with it, bare or as <c>file://</c>.</param>
    /// <returns>One workload for each instance; of several, each gets its number behind its ids.</returns>
    /// <exception cref="FormatException">It cannot be read; the message says why.</exception>
    public static ImmutableArray<Workload> Read(string text, int instances, TimeSpan? killAfter)
    {
        var group = Parse(Load(text));
        return
        [
            .. Enumerable.Range(1, instances).Select(number =>
            {
                var suffix = instances == 1 ? "" : $"-{number}";
                return new Workload([.. group.Tasks.Select(task => Numbered(task, suffix))], Executor(suffix), killAfter);
            }),
        ];
    }

    private static string Load(string text)
    {
        if (text.TrimStart().StartsWith('{'))
        {
            return text;
        }

        try
        {
            return File.ReadAllText(text.StartsWith("file://", StringComparison.Ordinal) ? new Uri(text).LocalPath : text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UriFormatException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static TaskGroupInfo Parse(string json)
    {
        try
        {
            // A task's agent is known only when its offer is; Mesos' own messages require it.
            var group = MesosJson.Parse<TaskGroupInfo>(Encoding.UTF8.GetBytes(WithAgents(json)));
            return group.Tasks.Count > 0 ? group : throw new FormatException("it has no 'tasks'");
        }
        catch (MesosJsonException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static string WithAgents(string json)
    {
        try
        {
            var group = JsonNode.Parse(json);
            foreach (var task in group?["tasks"]?.AsArray().OfType<JsonObject>() ?? [])
            {
                task.TryAdd("agent_id", new JsonObject { ["value"] = "" });
            }

            return group?.ToJsonString() ?? json;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return json; // Mesos' reader says what is wrong with it.
        }
    }

    private static TaskInfo Numbered(TaskInfo task, string suffix)
    {
        var copy = task.Clone();
        copy.TaskId.Value += suffix;
        return copy;
    }

    private static ExecutorInfo Executor(string suffix) => new()
    {
        Type = ExecutorInfo.Types.Type.Default,
        ExecutorId = new ExecutorID { Value = $"default-executor{suffix}" },
        Resources = { Resources.Parse(ExecutorResources).ToProtobuf() },
    };
}
