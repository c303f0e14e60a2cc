namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// Lengths of time that tasks and other people write, held to what clocks and kubelets can count with: whoever means "for ever" writes
/// numbers that no date can be moved by.
/// </summary>
internal static class Spans
{
    /// <summary>Nobody waits longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(36_525);

    /// <returns>At least 0, at most <see cref="Longest"/>; that also for what is no number.</returns>
    public static TimeSpan OfSeconds(double seconds) =>
        seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : Longest;

    /// <summary>Whole seconds, rounded up.</summary>
    /// <param name="most">In seconds.</param>
    public static long WholeSeconds(long nanoseconds, long most) => Math.Min((long)Math.Ceiling(nanoseconds / 1e9), most);
}
