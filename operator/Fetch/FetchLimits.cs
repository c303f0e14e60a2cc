namespace MesosK8sBridge.Operator.Fetch;

/// <param name="Stall">The longest silence of a server. Mesos: <c>--fetcher_stall_timeout</c>, 1 min.</param>
/// <param name="Total">For all that one task has to fetch.</param>
/// <param name="Bytes">Of one URI: what is downloaded, and again what it is extracted to.</param>
internal sealed record FetchLimits(TimeSpan Stall, TimeSpan Total, long Bytes);

/// <summary>Counts what is written, up to a limit.</summary>
internal sealed class ByteBudget(long most)
{
    private long _taken;

    /// <exception cref="FetchException">That is too much.</exception>
    public void Take(long bytes)
    {
        _taken += bytes;
        if (_taken > most)
        {
            throw new FetchException($"more than {most >> 20} MiB");
        }
    }
}
