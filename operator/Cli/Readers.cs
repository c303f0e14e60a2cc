using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>How values of options are written.</summary>
internal static class Readers
{
    public const string AmountsForm = "name:amount;…, e.g. \"cpus:0.1;mem:32;ports:[31000-31001]\"";

    public static Reading<string?> Text(string text) => text;

    public static Reading<string?> NonEmpty(string text) => text.Length > 0 ? text : Reading<string?>.Bad("must not be empty");

    public static Reading<bool> Flag(string text) =>
        bool.TryParse(text, out var value) ? value : Reading<bool>.Bad($"'{text}' is neither true nor false");

    public static Reader<int> Whole(int least, int most) => text =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : Reading<int>.Bad($"'{text}' is not a whole number from {least} to {most}");

    public static Reader<double> Number(double least, double most) => text =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : Reading<double>.Bad($"'{text}' is not a number from {Show(least)} to {Show(most)}");

    public static Reader<TimeSpan> Duration(TimeSpan least, TimeSpan most) => text =>
        DurationText.TryParse(text, out var value) && value >= least && value <= most
            ? value
            : Reading<TimeSpan>.Bad($"'{text}' is not a duration from {DurationText.Format(least)} to {DurationText.Format(most)}, e.g. 500ms, 15s or 1h30m");

    public static Reader<TimeSpan?> OptionalDuration(TimeSpan least, TimeSpan most) => text =>
        Duration(least, most)(text) is { Error: null } good ? good.Value : Reading<TimeSpan?>.Bad(Duration(least, most)(text).Error!);

    public static Reader<T> Word<T>()
        where T : struct, Enum => text =>
        Enum.GetNames<T>().FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) is { } name
            ? Enum.Parse<T>(name)
            : Reading<T>.Bad($"'{text}' is none of {string.Join(", ", Enum.GetNames<T>())}");

    public static Reader<HostPort> Address(int? defaultPort) => text =>
        HostPort.TryParse(text, defaultPort, out var value) ? value! : Reading<HostPort>.Bad($"'{text}' is not {HostPort.Form}");

    public static Reader<HostPort?> ListenAddress => text =>
        HostPort.TryParse(text, defaultPort: null, out var value) && value!.Address is not null
            ? value
            : Reading<HostPort?>.Bad($"'{text}' is not IP:PORT, e.g. 127.0.0.1:5050 or [::1]:5050 (port 0: any that is free)");

    /// <summary>One or several, with commas between them.</summary>
    public static Reader<ImmutableArray<HostPort>> Addresses(int defaultPort) => text =>
    {
        var addresses = ImmutableArray.CreateBuilder<HostPort>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!HostPort.TryParse(part, defaultPort, out var address))
            {
                return Reading<ImmutableArray<HostPort>>.Bad(part.StartsWith("zk://", StringComparison.Ordinal)
                    ? "finding the master by ZooKeeper is not supported; name the masters as HOST:PORT,HOST:PORT"
                    : $"'{part}' is not {HostPort.Form}");
            }

            addresses.Add(address!);
        }

        return addresses.ToImmutable();
    };

    public static Reading<Resources> Amounts(string text)
    {
        try
        {
            var resources = Resources.Parse(text);
            return resources.IsEmpty ? Reading<Resources>.Bad($"nothing is asked for; expected {AmountsForm}")
                : resources.Any(item => item.Type == Value.Types.Type.Set) ? Reading<Resources>.Bad("sets are not supported")
                : resources;
        }
        catch (FormatException e)
        {
            return Reading<Resources>.Bad($"{e.Message}; expected {AmountsForm}");
        }
    }

    /// <summary>As <see cref="Amounts"/>, of cpus, mem and disk only.</summary>
    public static Reading<Resources> Headroom(string text)
    {
        var reading = Amounts(text);
        return reading.Value?.FirstOrDefault(item => item.Name is not ("cpus" or "mem" or "disk")) is { Metadata: not null } other
            ? Reading<Resources>.Bad($"'{other.Name}' is none of cpus, mem, disk")
            : reading;
    }

    public static Reading<RangeSet> Ports(string text) => PortText.TryParse(text, out var ports, out var problem) ? ports : Reading<RangeSet>.Bad(problem);

    public static Reading<string> LabelKey(string text) =>
        text.Length is > 0 and <= 317 && text.All(each => char.IsAsciiLetterOrDigit(each) || each is '-' or '_' or '.' or '/') && text.Count(each => each == '/') <= 1
            ? text
            : Reading<string>.Bad($"'{text}' is not the key of a label, e.g. topology.kubernetes.io/zone");

    public static Reading<DomainInfo?> Domain(string text) =>
        text.Split('/') is [{ Length: > 0 } region, { Length: > 0 } zone] ? FaultDomain.Of(region, zone) : Reading<DomainInfo?>.Bad($"'{text}' is not REGION/ZONE");

    public static Reading<IPAddress?> IPv4(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && text.Count(each => each == '.') == 3
            ? address
            : Reading<IPAddress?>.Bad($"'{text}' is not an IPv4 address, e.g. 10.0.0.1");

    /// <summary>A DNS label, as names of namespaces are.</summary>
    public static Reading<string?> Label(string text) =>
        text.Length is > 0 and <= 63 && text.All(each => char.IsAsciiLetterLower(each) || char.IsAsciiDigit(each) || each == '-')
        && text[0] != '-' && text[^1] != '-'
            ? text
            : Reading<string?>.Bad($"'{text}' is not a name of up to 63 letters a-z, digits and '-'");

    private static string Show(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
