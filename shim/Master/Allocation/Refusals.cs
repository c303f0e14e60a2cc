using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>What one framework has refused for one role and does not want to see again yet.</summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.cpp, RefusedOfferFilter.</remarks>
internal sealed class Refusals(Deadlines deadlines)
{
    private readonly Dictionary<KnownAgent, Refusal> _byAgent = [];

    public int Count => _byAgent.Count;

    /// <param name="until">The last moment at which it holds.</param>
    /// <param name="expired">Told the agent that may be wanted again; not if the refusal is forgotten before.</param>
    public void Add(KnownAgent agent, Resources refused, DateTimeOffset until, Action<KnownAgent> expired)
    {
        // A round that comes at this very moment still keeps to it, so that others are asked first: MESOS-4302.
        var refusal = new Refusal(this, agent, refused, until.AddTicks(1), expired) { Next = _byAgent.GetValueOrDefault(agent) };
        _byAgent[agent] = refusal;
        deadlines.Set(refusal);
    }

    /// <summary>Whether all of this, or more, has been refused.</summary>
    public bool Cover(KnownAgent agent, Resources candidate)
    {
        if (_byAgent.Count == 0 || !_byAgent.TryGetValue(agent, out var first))
        {
            return false;
        }

        for (var refusal = first; refusal is not null; refusal = refusal.Next)
        {
            if (ReferenceEquals(refusal.Resources, candidate) || refusal.Resources.Contains(candidate))
            {
                return true;
            }
        }

        return false;
    }

    public void Forget(KnownAgent agent)
    {
        if (_byAgent.Remove(agent, out var first))
        {
            Cancel(first);
        }
    }

    public void ForgetAll()
    {
        foreach (var first in _byAgent.Values)
        {
            Cancel(first);
        }

        _byAgent.Clear();
    }

    private void Cancel(Refusal? refusal)
    {
        for (; refusal is not null; refusal = refusal.Next)
        {
            deadlines.Cancel(refusal);
        }
    }

    private void Remove(Refusal expired)
    {
        var first = _byAgent[expired.Agent];
        if (first == expired && expired.Next is null)
        {
            _byAgent.Remove(expired.Agent);
        }
        else if (first == expired)
        {
            _byAgent[expired.Agent] = expired.Next!;
        }
        else
        {
            var before = first;
            while (before.Next != expired)
            {
                before = before.Next!;
            }

            before.Next = expired.Next;
        }
    }

    /// <summary>There may be one for each agent and claim: it is its own deadline, and one of a chain.</summary>
    private sealed class Refusal(Refusals owner, KnownAgent agent, Resources resources, DateTimeOffset due, Action<KnownAgent> expired) : Deadline(due)
    {
        public KnownAgent Agent { get; } = agent;

        public Resources Resources { get; } = resources;

        /// <summary>An older one of the same agent.</summary>
        public Refusal? Next { get; set; }

        public override void Happen()
        {
            owner.Remove(this);
            expired(Agent);
        }
    }
}
