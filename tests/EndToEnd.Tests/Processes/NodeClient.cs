using System.Text.Json;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.EndToEnd.Tests.Processes;

/// <summary>The scheduler of <c>tests/clients/node</c>, on a framework library that is not ours.</summary>
internal sealed class NodeClient : ChildProcess
{
    private NodeClient(string directory, string master, int instances, string command)
        : base("node", [Path.Combine(directory, "scheduler.js"), master, $"{instances}", command])
    {
    }

    private static string Folder => Repository.File("tests/clients/node");

    public static void SkipUnlessInstalled() => Assert.SkipUnless(
        Directory.Exists(Path.Combine(Folder, "node_modules", "mesos-framework")),
        "tests/clients/node is not installed: run tests/prepare (needs Node.js and the npm registry)");

    /// <param name="master">HOST:PORT of the scheduler endpoint.</param>
    public static NodeClient Start(string master, int instances, string command) => new(Folder, master, instances, command);

    /// <summary>Events until one has this name and satisfies <paramref name="condition"/>.</summary>
    public Task<JsonDocument> EventAsync(string name, TimeSpan deadline, Func<JsonElement, bool>? condition = null, string? what = null) =>
        ReadUntilAsync(
            line =>
            {
                var document = JsonDocument.Parse(line);
                var matches = document.RootElement.GetProperty("event").ValueEquals(name)
                    && (condition is null || condition(document.RootElement));
                return matches ? document : null;
            },
            deadline,
            what ?? $"event {name}");

    /// <summary>Updates until <paramref name="count"/> different tasks have reached <paramref name="state"/>.</summary>
    /// <returns>Task id and agent id of each.</returns>
    public async Task<IReadOnlyDictionary<string, string>> TasksReachAsync(
        string state, int count, TimeSpan deadline, IEnumerable<string>? except = null)
    {
        var others = (except ?? []).ToHashSet(StringComparer.Ordinal);
        var tasks = new Dictionary<string, string>(StringComparer.Ordinal);
        while (tasks.Count < count)
        {
            using var update = await EventAsync(
                "update",
                deadline,
                e => e.GetProperty("status").GetProperty("state").ValueEquals(state)
                    && !others.Contains(e.GetProperty("status").GetProperty("task_id").GetProperty("value").GetString()!),
                $"{state} of task {tasks.Count + 1} of {count}");
            var status = update.RootElement.GetProperty("status");
            tasks[status.GetProperty("task_id").GetProperty("value").GetString()!] =
                status.GetProperty("agent_id").GetProperty("value").GetString()!;
        }

        return tasks;
    }
}
