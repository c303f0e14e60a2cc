namespace MesosK8sBridge.Shim.Master;

/// <summary>What keeps an agent from being offered, except to frameworks whose policy has a <see cref="BarrierPass"/> for it.</summary>
public sealed record AgentBarrier(string Key, string Value, string Effect);

/// <summary>Lets a framework be offered agents in spite of barriers.</summary>
/// <param name="Key">Null: whatever the barrier's is; the same for the others.</param>
public sealed record BarrierPass(string? Key, string? Value, string? Effect)
{
    public bool Opens(AgentBarrier barrier) =>
        (Key is null || Key == barrier.Key) && (Value is null || Value == barrier.Value) && (Effect is null || Effect == barrier.Effect);
}
