using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>The losses of one framework: those declared lately, and those held.</summary>
internal sealed class FrameworkLosses
{
    private readonly Queue<DateTimeOffset> _declared = new();
    private readonly LinkedList<LaunchedTask> _held = [];
    private readonly Dictionary<KnownAgent, int> _heldOn = [];

    /// <summary>How many were declared within the interval.</summary>
    public int Declared => _declared.Count;

    public DateTimeOffset? Oldest => _declared.TryPeek(out var oldest) ? oldest : null;

    /// <summary>The oldest first.</summary>
    public IReadOnlyCollection<LaunchedTask> Held => _held;

    public LaunchedTask? FirstHeld => _held.First?.Value;

    /// <summary>Agents of whose failure the framework has not been told, since losses there are held.</summary>
    public HashSet<KnownAgent> FailuresOwed { get; } = [];

    /// <summary>How many it was last said are held.</summary>
    public int Reported { get; set; }

    public Deadline? Release { get; set; }

    /// <summary>When an administrator confirmed losses, if one has.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    public bool HoldsOn(KnownAgent agent) => _heldOn.ContainsKey(agent);

    public void Hold(LaunchedTask task)
    {
        task.Held = _held.AddLast(task);
        _heldOn[task.Agent] = _heldOn.GetValueOrDefault(task.Agent) + 1;
    }

    public void Drop(LaunchedTask task)
    {
        _held.Remove(task.Held!);
        task.Held = null;
        if (--_heldOn[task.Agent] == 0)
        {
            _heldOn.Remove(task.Agent);
        }
    }

    public void Count(DateTimeOffset now) => _declared.Enqueue(now);

    /// <param name="end">What was declared then, or earlier, counts no more.</param>
    public void ForgetBefore(DateTimeOffset end)
    {
        while (_declared.TryPeek(out var oldest) && oldest <= end)
        {
            _declared.Dequeue();
        }
    }
}
