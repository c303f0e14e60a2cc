using System.Globalization;
using System.Net;

namespace MesosK8sBridge.Operator;

/// <summary>Where to listen, or whom to call: <c>host:port</c>, <c>[v6]:port</c>.</summary>
internal sealed record HostPort(string Host, int Port)
{
    public const string Form = "HOST:PORT, e.g. 127.0.0.1:5050 or [::1]:5050";

    /// <param name="defaultPort">For text without a port; null: a port is required.</param>
    public static bool TryParse(string text, int? defaultPort, out HostPort? value)
    {
        value = null;
        var bracket = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        var colon = text.IndexOf(':', Math.Max(bracket, 0));
        var host = colon < 0 ? text : text[..colon];
        var port = defaultPort ?? -1;
        if (colon >= 0 && !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
        {
            return false;
        }

        host = host.Trim('[', ']');
        if (port is < 0 or > 65535 || Uri.CheckHostName(host) == UriHostNameType.Unknown || (bracket < 0 && host.Contains(':')))
        {
            return false;
        }

        value = new HostPort(host, port);
        return true;
    }

    /// <summary>The address to bind; null if <see cref="Host"/> is a name.</summary>
    public IPAddress? Address => IPAddress.TryParse(Host, out var address) ? address : Host == "localhost" ? IPAddress.Loopback : null;

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
