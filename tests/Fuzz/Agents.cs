using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;
using Attribute = MesosK8sBridge.Protocol.V1.Attribute;
using Task = System.Threading.Tasks.Task;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Fuzz;

/// <summary>Stands where the cluster stands: three agents, on which every task runs at once and ends when it is asked to.</summary>
internal sealed class Agents(IMasterInbox master) : IEffectPerformer
{
    private const string Total =
        """
        [{"name":"cpus","type":"SCALAR","scalar":{"value":64}},{"name":"mem","type":"SCALAR","scalar":{"value":65536}},
         {"name":"disk","type":"SCALAR","scalar":{"value":65536}},{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":31000,"end":32000}]}},
         {"name":"disk","type":"SCALAR","scalar":{"value":100},"reservations":[{"type":"DYNAMIC","role":"a","principal":"p"}]},
         {"name":"disk","type":"SCALAR","scalar":{"value":10},"reservations":[{"type":"DYNAMIC","role":"a","principal":"p"}],
          "disk":{"persistence":{"id":"v","principal":"p"},"volume":{"mode":"RW","container_path":"p"}}}]
        """;

    private readonly ConcurrentDictionary<TaskKey, TaskStatus> _running = new();

    /// <summary>How deep inputs have come.</summary>
    public int Launched { get; private set; }

    public async Task ComeAsync()
    {
        var total = MesosJson.ParseArray<Resource>(Encoding.UTF8.GetBytes(Total));
        for (var i = 1; i <= 3; i++)
        {
            var rack = new Attribute { Name = "rack", Type = Value.Types.Type.Text, Text = new Value.Types.Text { Value = $"r{i}" } };
            await master.PostAsync(
                new MasterInput.AgentObserved(new Agent(
                    new($"a{i}"), $"h{i}", "127.0.0.1", 5051, [.. total], [rack], null, ImmutableSortedDictionary<string, string>.Empty, Schedulable: true)),
                default);
        }
    }

    /// <summary>Half of what runs has done its work.</summary>
    public async Task EndSomeAsync()
    {
        foreach (var task in _running.Keys.Take((_running.Count + 1) / 2).ToArray())
        {
            await ObserveAsync(task, TaskState.TaskFinished);
        }
    }

    public void Perform(MasterEffect effect)
    {
        switch (effect)
        {
            case MasterEffect.Launch launch:
                Launched += launch.Tasks.Length;
                foreach (var task in launch.Tasks)
                {
                    _ = ObserveAsync(new TaskKey(launch.FrameworkId, new(task.TaskId.Value)), TaskState.TaskRunning);
                }

                break;
            case MasterEffect.Kill kill:
                _ = ObserveAsync(kill.Task, TaskState.TaskKilled);
                break;
            case MasterEffect.Release release:
                _running.TryRemove(release.Task, out _);
                break;
        }
    }

    private async Task ObserveAsync(TaskKey task, TaskState state)
    {
        var status = new TaskStatus
        {
            TaskId = new TaskID { Value = task.Task.Value },
            State = state,
            Source = TaskStatus.Types.Source.Executor,
            Uuid = ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes($"{task} {state}")).AsSpan(0, 16)),
        };
        if (state == TaskState.TaskRunning)
        {
            _running[task] = status;
        }
        else
        {
            _running.TryRemove(task, out _);
        }

        await master.PostAsync(new MasterInput.TaskObserved(task, [status]), default);
    }
}
