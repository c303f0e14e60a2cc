using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master.Frameworks;

namespace MesosK8sBridge.Shim.Master.Tasks;

/// <summary>
/// Bounds how many tasks of one framework may be declared lost within an interval, since a cluster that suddenly shows nothing is
/// more likely wrong than empty. Losses beyond the bound are held, the oldest first to be declared later.
/// </summary>
/// <remarks>Mesos bounds the removal of agents in the same spirit: --agent_removal_rate_limit, --recovery_agent_removal_limit.</remarks>
internal sealed class LossBreaker(Turn turn, MasterOptions options)
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    private readonly HashSet<Framework> _changed = [];
    private readonly TimeSpan _interval = options.LossInterval > ShortestInterval ? options.LossInterval : ShortestInterval;

    /// <summary>The loss of this task may be declared now; if not, it is held until the bound, an administrator or better news frees it.</summary>
    public bool Admit(LaunchedTask task)
    {
        var losses = task.Framework.Losses;
        losses.ForgetBefore(turn.Now - _interval);

        // First unreachable, then gone: one loss.
        if (task.LossCountedAt > turn.Now - _interval)
        {
            Drop(task);
            return true;
        }

        if (losses.Declared + 1 > Bound(task.Framework))
        {
            Hold(task);
            return false;
        }

        Drop(task);
        task.LossCountedAt = turn.Now;
        losses.Count(turn.Now);
        return true;
    }

    /// <summary>The task is not lost, or not by declaration: it was seen again, or has ended.</summary>
    public void Drop(LaunchedTask task)
    {
        if (task.Held is not null)
        {
            task.Framework.Losses.Drop(task);
            _changed.Add(task.Framework);
        }
    }

    /// <summary>The task is there after all. Should it be lost again, that is not what an administrator has confirmed.</summary>
    public void Return(LaunchedTask task)
    {
        Drop(task);
        if (task.LossCountedAt <= task.Framework.Losses.ConfirmedAt)
        {
            task.LossCountedAt = null;
        }
    }

    /// <summary>An administrator has confirmed the losses so far: those that come count anew.</summary>
    /// <returns>What was held, the oldest first.</returns>
    public LaunchedTask[] Confirm(Framework framework)
    {
        var held = framework.Losses.Held.ToArray();
        framework.Losses.ForgetBefore(DateTimeOffset.MaxValue);
        framework.Losses.ConfirmedAt = turn.Now;
        foreach (var task in held)
        {
            Drop(task);
            task.LossCountedAt = turn.Now;
        }

        return held;
    }

    /// <returns>When the next of the framework's held losses may be admitted; null if none is held.</returns>
    public DateTimeOffset? NextRelease(Framework framework) =>
        framework.Losses.Held.Count > 0 ? (framework.Losses.Oldest ?? turn.Now) + _interval : null;

    /// <summary>The frameworks of which more or fewer losses are held than when last asked.</summary>
    public Framework[] TakeChanged()
    {
        if (_changed.Count == 0)
        {
            return [];
        }

        var changed = _changed.OrderBy(f => f.Id.Value, StringComparer.Ordinal).ToArray();
        _changed.Clear();
        return changed;
    }

    private void Hold(LaunchedTask task)
    {
        if (task.Held is null)
        {
            task.Framework.Losses.Hold(task);
            _changed.Add(task.Framework);
        }
    }

    /// <summary>A share of the tasks that lived when the interval began: those that live still, and those declared lost since.</summary>
    private double Bound(Framework framework)
    {
        var live = framework.TaskCounts.Sum(state => !TaskStates.IsTerminal(state) && state != TaskState.TaskUnreachable);
        return Math.Max(options.MaxLosses, options.MaxLossShare * (live + framework.Losses.Declared));
    }
}
