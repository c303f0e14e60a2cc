using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>How many tasks of a framework are in which state; kept as they change, never counted over.</summary>
internal sealed class TaskCounts
{
    private readonly SortedDictionary<TaskState, int> _counts = [];

    public void Add(TaskState state) => _counts[state] = _counts.GetValueOrDefault(state) + 1;

    public void Remove(TaskState state)
    {
        var left = _counts[state] - 1;
        if (left == 0)
        {
            _counts.Remove(state);
        }
        else
        {
            _counts[state] = left;
        }
    }

    public int Sum(Func<TaskState, bool> which)
    {
        var sum = 0;
        foreach (var (state, count) in _counts)
        {
            sum += which(state) ? count : 0;
        }

        return sum;
    }

    public ImmutableSortedDictionary<TaskState, int> ToImmutable() => _counts.ToImmutableSortedDictionary();
}
