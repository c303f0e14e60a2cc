namespace MesosK8sBridge.Shim.Master;

/// <summary>The input that is being handled: its time, and the effects it has had so far, in order.</summary>
/// <remarks>One object for the life of a master, shared by all its parts, so that "now" means the same everywhere.</remarks>
internal sealed class Turn
{
    private List<MasterEffect> _effects = [];

    public DateTimeOffset Now { get; private set; }

    /// <summary>Counts inputs; a read model made in an earlier turn is stale.</summary>
    public long Number { get; private set; }

    public void Begin(DateTimeOffset now)
    {
        // Time never runs backwards in here, whatever the clock outside does.
        Now = now > Now ? now : Now;
        Number++;
        _effects = [];
    }

    public void Add(MasterEffect effect) => _effects.Add(effect);

    public IReadOnlyList<MasterEffect> End() => _effects;
}
