using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>An address of this machine for others, where it listens on all.</summary>
internal static class LocalAddress
{
    /// <summary>The first IPv4 address of an interface with a gateway; else of any; else the loopback address.</summary>
    public static IPAddress Find()
    {
        var interfaces = NetworkInterface.GetAllNetworkInterfaces()
            .Where(each => each.OperationalStatus == OperationalStatus.Up && each.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .Select(each => each.GetIPProperties())
            .OrderByDescending(each => each.GatewayAddresses.Count > 0);
        return interfaces.SelectMany(each => each.UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork) ?? IPAddress.Loopback;
    }
}
