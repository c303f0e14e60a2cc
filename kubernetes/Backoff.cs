namespace MesosK8sBridge.Kubernetes;

/// <summary>How long to wait after failures: doubling, capped, and spread so that many who fail together do not return together.</summary>
/// <param name="first">After one failure.</param>
/// <param name="most">Never longer than this.</param>
/// <param name="random">Shared and locked here; a seeded one repeats its waits.</param>
public sealed class Backoff(TimeSpan first, TimeSpan most, Random random)
{
    private const int MostDoublings = 30;

    private readonly Lock _lock = new();

    /// <returns>Between half of the wait and the whole of it.</returns>
    public TimeSpan After(int failures)
    {
        var doubled = first * Math.Pow(2, Math.Clamp(failures - 1, 0, MostDoublings));
        return Between(0.5, 1) * (doubled < most ? doubled : most);
    }

    /// <returns>Between the wait and a fifth more: for one that must not be cut short.</returns>
    public TimeSpan AtLeast(TimeSpan wait) => Between(1, 1.2) * wait;

    private double Between(double low, double high)
    {
        lock (_lock)
        {
            return low + (random.NextDouble() * (high - low));
        }
    }
}
