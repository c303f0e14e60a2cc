using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>Where a machine is, as Mesos says it.</summary>
internal static class FaultDomain
{
    public static DomainInfo Of(string region, string zone) => new()
    {
        FaultDomain = new DomainInfo.Types.FaultDomain
        {
            Region = new DomainInfo.Types.FaultDomain.Types.RegionInfo { Name = region },
            Zone = new DomainInfo.Types.FaultDomain.Types.ZoneInfo { Name = zone },
        },
    };
}
