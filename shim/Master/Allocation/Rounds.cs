using MesosK8sBridge.Shim.Master.Agents;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>
/// Which agents are due to be looked at, and when: at once where Mesos reacts to an event, otherwise in the next periodic round.
/// Agents about which nothing has changed are never due.
/// </summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.cpp, allocate and allocationCandidates.</remarks>
internal sealed class Rounds(Turn turn, AgentTable agents, TimeSpan interval)
{
    private readonly HashSet<KnownAgent> _now = [];
    private readonly HashSet<KnownAgent> _later = [];
    private bool _allNow;
    private bool _allLater;
    private DateTimeOffset? _rhythm;
    private DateTimeOffset? _periodic;

    /// <summary>Null while nothing is due.</summary>
    public DateTimeOffset? Next => _allNow || _now.Count > 0 ? turn.Now : _periodic;

    public void LookNow(KnownAgent agent) => _now.Add(agent);

    public void LookAtAllNow() => _allNow = true;

    public void LookLater(KnownAgent agent)
    {
        _later.Add(agent);
        _periodic ??= NextBeat();
    }

    public void LookAtAllLater()
    {
        _allLater = true;
        _periodic ??= NextBeat();
    }

    public void Forget(KnownAgent agent)
    {
        _now.Remove(agent);
        _later.Remove(agent);
    }

    /// <returns>The agents due, each once; empty if it is not time yet.</returns>
    public KnownAgent[] Take()
    {
        _rhythm ??= turn.Now;
        var isPeriodic = _periodic <= turn.Now;
        if (_allNow || (isPeriodic && _allLater))
        {
            return TakeAll();
        }

        if (isPeriodic)
        {
            _now.UnionWith(_later);
        }

        var due = _now.ToArray();
        _later.ExceptWith(_now);
        _now.Clear();
        _periodic = _allLater || _later.Count > 0 ? _periodic : null;
        return due;
    }

    private KnownAgent[] TakeAll()
    {
        _now.Clear();
        _later.Clear();
        _allNow = false;
        _allLater = false;
        _periodic = null;
        return [.. agents.All];
    }

    /// <summary>Periodic rounds keep their rhythm even though idle ones are left out.</summary>
    private DateTimeOffset NextBeat()
    {
        _rhythm ??= turn.Now;
        var passed = (turn.Now - _rhythm.Value).Ticks / interval.Ticks;
        return _rhythm.Value + (passed + 1) * interval;
    }
}
