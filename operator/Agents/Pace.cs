namespace MesosK8sBridge.Operator.Agents;

/// <summary>Spreads what is done over time: so many a second on the average, and a second's worth at once. For one thread.</summary>
/// <param name="perSecond">Above 0.</param>
internal sealed class Pace(double perSecond, DateTimeOffset start)
{
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _each = TimeSpan.FromSeconds(1 / perSecond);
    private DateTimeOffset _next = start - Burst;

    /// <summary>Takes the next place.</summary>
    /// <returns>How long to wait for it; zero if it is free.</returns>
    public TimeSpan Take(DateTimeOffset now)
    {
        var at = _next > now - Burst ? _next : now - Burst;
        _next = at + _each;
        return at > now ? at - now : TimeSpan.Zero;
    }
}
