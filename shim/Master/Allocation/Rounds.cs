using MesosK8sBridge.Shim.Master.Agents;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>
/// What is due to be looked at, and when: at once where Mesos reacts to an event, otherwise in the next periodic round.
/// An agent is due for everybody when something about it has changed; when a framework has begun to want more, all agents are due
/// for that framework alone. For the rest nothing can have changed since it was last looked at.
/// </summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.cpp, generateOffers and allocationCandidates; there all agents are always due.</remarks>
internal sealed class Rounds(Turn turn, TimeSpan interval)
{
    private readonly HashSet<KnownAgent> _now = [];
    private readonly HashSet<KnownAgent> _later = [];
    private readonly HashSet<FrameworkId> _seekersNow = [];
    private readonly HashSet<FrameworkId> _seekersLater = [];
    private DateTimeOffset? _rhythm;
    private DateTimeOffset? _periodic;

    /// <summary>Null while nothing is due.</summary>
    public DateTimeOffset? Next => _seekersNow.Count > 0 || _now.Count > 0 ? turn.Now : _periodic;

    public void LookNow(KnownAgent agent) => _now.Add(agent);

    public void LookAtAllNow(FrameworkId seeker) => _seekersNow.Add(seeker);

    public void LookLater(KnownAgent agent)
    {
        _later.Add(agent);
        _periodic ??= NextBeat();
    }

    public void LookAtAllLater(FrameworkId seeker)
    {
        _seekersLater.Add(seeker);
        _periodic ??= NextBeat();
    }

    public void Forget(KnownAgent agent)
    {
        _now.Remove(agent);
        _later.Remove(agent);
    }

    /// <summary>Takes what is due, each once; nothing if it is not time yet.</summary>
    public void Take(HashSet<KnownAgent> agents, HashSet<FrameworkId> seekers)
    {
        agents.Clear();
        seekers.Clear();
        if (Next is not { } next || next > turn.Now)
        {
            return;
        }

        _rhythm ??= turn.Now;
        if (_periodic <= turn.Now || _seekersNow.Count > 0)
        {
            // A round for all agents leaves nothing for the next one: a framework that has just come must not be asked alone.
            _now.UnionWith(_later);
            _seekersNow.UnionWith(_seekersLater);
        }

        agents.UnionWith(_now);
        seekers.UnionWith(_seekersNow);
        _later.ExceptWith(_now);
        _seekersLater.ExceptWith(_seekersNow);
        _now.Clear();
        _seekersNow.Clear();
        _periodic = _later.Count > 0 || _seekersLater.Count > 0 ? _periodic : null;
    }

    /// <summary>Periodic rounds keep their rhythm even though idle ones are left out.</summary>
    private DateTimeOffset NextBeat()
    {
        _rhythm ??= turn.Now;
        var passed = (turn.Now - _rhythm.Value).Ticks / interval.Ticks;
        return _rhythm.Value + (passed + 1) * interval;
    }
}
