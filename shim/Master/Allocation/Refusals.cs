using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>What one framework has refused and does not want to see again yet.</summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.cpp, RefusedOfferFilter.</remarks>
internal sealed class Refusals(Deadlines deadlines)
{
    private readonly Dictionary<(string Role, AgentId Agent), List<Refusal>> _refusals = [];

    public void Add(string role, AgentId agent, Resources refused, DateTimeOffset until, Action<AgentId> expired)
    {
        var key = (role, agent);
        if (!_refusals.TryGetValue(key, out var list))
        {
            _refusals.Add(key, list = []);
        }

        var refusal = new Refusal(refused);
        refusal.Expiry = deadlines.Set(until, () =>
        {
            list.Remove(refusal);
            if (list.Count == 0)
            {
                _refusals.Remove(key);
            }

            expired(agent);
        });
        list.Add(refusal);
    }

    /// <summary>Whether all of this, or more, has been refused.</summary>
    public bool Cover(string role, AgentId agent, Resources candidate)
    {
        if (!_refusals.TryGetValue((role, agent), out var list))
        {
            return false;
        }

        foreach (var refusal in list)
        {
            if (refusal.Resources.Contains(candidate))
            {
                return true;
            }
        }

        return false;
    }

    public void ForgetRole(string role) => Forget(key => key.Role == role);

    public void ForgetAgent(AgentId agent) => Forget(key => key.Agent == agent);

    public void ForgetAll() => Forget(_ => true);

    private void Forget(Func<(string Role, AgentId Agent), bool> which)
    {
        foreach (var key in _refusals.Keys.Where(which).ToArray())
        {
            foreach (var refusal in _refusals[key])
            {
                deadlines.Cancel(refusal.Expiry);
            }

            _refusals.Remove(key);
        }
    }

    private sealed class Refusal(Resources resources)
    {
        public Resources Resources { get; } = resources;

        public Deadline? Expiry { get; set; }
    }
}
