namespace MesosK8sBridge.Simulation.Time;

/// <summary>All chance of a run comes from its seed; each actor has its own share, so that one more or less does not change the others.</summary>
internal static class Chance
{
    public static Random Of(int seed, string actor)
    {
        var hash = 2166136261u;
        foreach (var c in actor)
        {
            hash = (hash ^ c) * 16777619u;
        }

        hash = (hash ^ (uint)seed) * 16777619u;
        hash = (hash ^ ((uint)seed >> 16)) * 16777619u;
        return new Random((int)(hash ^ (hash >> 15)));
    }

    public static bool Is(this Random random, double likelihood) => random.NextDouble() < likelihood;

    public static TimeSpan Between(this Random random, TimeSpan least, TimeSpan most) => least + ((most - least) * random.NextDouble());

    /// <summary>Exponentially distributed: rare and common waits of one mean.</summary>
    public static TimeSpan About(this Random random, TimeSpan mean) => mean * -Math.Log(1 - random.NextDouble());

    public static T Of<T>(this Random random, IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    public static Guid Guid(this Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
