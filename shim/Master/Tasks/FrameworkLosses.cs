using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>The losses of one framework: those declared lately, and those held.</summary>
internal sealed class FrameworkLosses
{
    private readonly Queue<DateTimeOffset> _declared = new();

    /// <summary>How many were declared within the interval.</summary>
    public int Declared => _declared.Count;

    public DateTimeOffset? Oldest => _declared.TryPeek(out var oldest) ? oldest : null;

    public LinkedList<LaunchedTask> Held { get; } = [];

    /// <summary>Agents of whose failure the framework has not been told, since losses there are held.</summary>
    public HashSet<KnownAgent> FailuresOwed { get; } = [];

    /// <summary>How many it was last said are held.</summary>
    public int Reported { get; set; }

    public Deadline? Release { get; set; }

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
