using System.Net;
using MesosK8sBridge.Protocol.V1;
using Capability = MesosK8sBridge.Protocol.V1.MasterInfo.Types.Capability;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>What a master tells frameworks of itself.</summary>
internal static class MasterIdentity
{
    /// <summary>The version of Mesos whose behaviour the bridge follows.</summary>
    public const string Version = "1.12.0";

    /// <param name="id">Of this life of the master: never used before.</param>
    public static MasterInfo Of(Guid id, IPEndPoint listening, BridgeOptions options)
    {
        var ip = IpOf(listening, options);
        var hostname = AddressOf(listening, options).Host;
        return new MasterInfo
        {
            Id = id.ToString("D"),
            Ip = ip.GetAddressBytes() is { Length: 4 } bytes ? BitConverter.ToUInt32(bytes) : 0, // In network order, whatever the machine's.
            Port = (uint)listening.Port,
            Pid = $"master@{ip}:{listening.Port}",
            Hostname = hostname,
            Version = Version,
            Domain = options.Domain,
            Address = new Address { Hostname = hostname, Ip = ip.ToString(), Port = listening.Port },
            Capabilities =
            {
                new Capability { Type = Capability.Types.Type.AgentUpdate },
                new Capability { Type = Capability.Types.Type.AgentDraining },
                new Capability { Type = Capability.Types.Type.QuotaV2 },
            },
        };
    }

    /// <summary>Where other machines find the master.</summary>
    public static HostPort AddressOf(IPEndPoint listening, BridgeOptions options) =>
        new(options.AdvertisedHostname ?? IpOf(listening, options).ToString(), listening.Port);

    private static IPAddress IpOf(IPEndPoint listening, BridgeOptions options) =>
        options.AdvertisedIp
        ?? (listening.Address.Equals(IPAddress.Any) || listening.Address.Equals(IPAddress.IPv6Any) ? LocalAddress.Find() : listening.Address);
}
