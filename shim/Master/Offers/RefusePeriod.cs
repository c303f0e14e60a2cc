using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Shim.Master.Offers;

/// <summary>For how long a framework does not want to see refused resources again.</summary>
/// <remarks>Mesos: src/master/allocator/mesos/hierarchical.cpp, recoverResources.</remarks>
internal static class RefusePeriod
{
    private const double DefaultSeconds = 5;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <param name="filters">As the call had it; null means the default of 5 s.</param>
    public static TimeSpan Of(Filters? filters)
    {
        var seconds = filters?.RefuseSeconds ?? DefaultSeconds;
        if (double.IsNaN(seconds) || seconds < 0)
        {
            seconds = DefaultSeconds;
        }

        return seconds >= Longest.TotalSeconds ? Longest : TimeSpan.FromSeconds(seconds);
    }
}
