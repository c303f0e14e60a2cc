namespace MesosK8sBridge.Benchmarks.Figures;

/// <summary>Real time: what is measured here is never a test.</summary>
internal static class Time
{
    public static TimeProvider Clock => TimeProvider.System;

    public static long Now => Clock.GetTimestamp();

    public static double Milliseconds(long from, long to) => Clock.GetElapsedTime(from, to).TotalMilliseconds;
}

/// <summary>Order statistics of what was measured.</summary>
internal static class Spread
{
    /// <param name="percent">0 to 100; the smallest sample that so many are not above.</param>
    public static double Percentile(IEnumerable<double> samples, double percent)
    {
        var sorted = samples.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    public static double Median(IEnumerable<double> samples) => Percentile(samples, 50);
}
