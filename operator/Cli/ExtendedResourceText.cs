using MesosK8sBridge.Operator.Nodes;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>Extended resources and their names in Mesos: <c>fpgas=example.com/fpga</c>, <c>gpus=amd.com/gpu</c>.</summary>
internal static class ExtendedResourceText
{
    public static Reading<ExtendedResources> Read(IReadOnlyList<string> texts)
    {
        var resources = ExtendedResources.Default;
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (text.Split('=') is not [var name, var device] || !IsName(name) || !IsDevice(device))
            {
                return Reading<ExtendedResources>.Bad($"'{text}' is not NAME=DOMAIN/RESOURCE, e.g. fpgas=example.com/fpga");
            }

            if (name is "cpus" or "mem" or "disk" or "ports")
            {
                return Reading<ExtendedResources>.Bad($"'{name}' is what every node has");
            }

            if (!named.Add(name))
            {
                return Reading<ExtendedResources>.Bad($"'{name}' is there twice");
            }

            resources = resources.With(name, device);
        }

        return resources.Devices.Distinct().Count() == resources.Devices.Length
            ? resources
            : Reading<ExtendedResources>.Bad("one resource cannot have two names");
    }

    private static bool IsName(string name) => name.Length > 0 && name.All(each => char.IsAsciiLetterOrDigit(each) || each is '-' or '_' or '.');

    /// <summary>Extended resources always have a domain.</summary>
    private static bool IsDevice(string device) =>
        device.Split('/') is [{ Length: > 0 and <= 253 } domain, { Length: > 0 and <= 63 } name]
        && (domain + name).All(each => char.IsAsciiLetterOrDigit(each) || each is '-' or '_' or '.');
}
