using System.Globalization;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>The options of <c>docker run</c> that a Pod can have. All others are refused by their name.</summary>
/// <remarks>Mesos: src/docker/docker.cpp hands each on as <c>--key=value</c>.</remarks>
internal static class DockerParameter
{
    public static void Take(Parameter parameter, ContainerWishes wishes)
    {
        var (key, value) = (parameter.Key, parameter.Value);
        var isGood = key switch
        {
            "user" or "u" => Set(() => wishes.User = value),
            "workdir" or "w" => Set(() => wishes.WorkingDirectory = value),
            "hostname" or "h" => Set(() => wishes.Hostname = value),
            "entrypoint" => Set(() => wishes.EntryPoint = value),
            "env" or "e" => Pair(value) is { } variable && Set(() => wishes.Environment.Add(variable)),
            "label" or "l" => Set(() => wishes.Labels.Add(Pair(value) ?? new(value, ""))),
            "cap-add" => Set(() => wishes.AddedCapabilities.Add(Capability(value))),
            "cap-drop" => Set(() => wishes.DroppedCapabilities.Add(Capability(value))),
            "privileged" => Flag(value) is { } on && Set(() => wishes.Privileged |= on),
            "read-only" => Flag(value) is { } on && Set(() => wishes.ReadOnlyRoot = on),
            "security-opt" => SecurityOption(value, wishes),
            "ipc" => value is "host" ? Set(() => wishes.HostIpc = true) : value is "private" or "shareable" or "",
            "pid" => value is "host" && Set(() => wishes.HostPid = true),
            "shm-size" => Bytes(value) is { } bytes && Set(() => wishes.SharedMemory = bytes),
            "tmpfs" => Tmpfs(value) is { } tmpfs && Set(() => wishes.Tmpfs.Add(tmpfs)),
            "ulimit" => ProcessLimit.OfDocker(value) is { } limit && Set(() => wishes.Limits.Add(limit)),
            "dns" => Set(() => wishes.DnsServers.Add(value)),
            "dns-search" => Set(() => wishes.DnsSearches.Add(value)),
            "dns-opt" or "dns-option" => Set(() => wishes.DnsOptions.Add(value)),
            "add-host" => value.Split(':', 2) is [var host, var address] && Set(() => wishes.Hosts.Add((host, address))),
            "volume" or "v" => Volume(value) is { } volume && Set(() => wishes.Volumes.Add(volume)),
            _ => Unknown(key, wishes),
        };
        if (!isGood)
        {
            wishes.Refuse($"Docker parameter '{key}' cannot be '{value}'");
        }
    }

    private static bool Set(Action change)
    {
        change();
        return true;
    }

    private static bool Unknown(string key, ContainerWishes wishes)
    {
        wishes.Refuse($"Docker parameter '{key}' is not supported");
        return true;
    }

    private static bool SecurityOption(string value, ContainerWishes wishes) => value switch
    {
        "no-new-privileges" or "no-new-privileges:true" or "no-new-privileges=true" => Set(() => wishes.NoNewPrivileges = true),
        "seccomp=unconfined" or "seccomp:unconfined" => Set(() => wishes.Seccomp = new V1SeccompProfile { Type = "Unconfined" }),
        _ => false,
    };

    private static KeyValuePair<string, string>? Pair(string text) => text.Split('=', 2) is [{ Length: > 0 } key, var value] ? new(key, value) : null;

    private static string Capability(string name) =>
        name.ToUpperInvariant() is var upper && upper.StartsWith("CAP_", StringComparison.Ordinal) ? upper[4..] : upper;

    private static bool? Flag(string text) => text is "" or "true" ? true : text is "false" ? false : null;

    /// <remarks>Docker: units.RAMInBytes, b k m g, each of 1024 of the one before.</remarks>
    private static long? Bytes(string text)
    {
        var digits = text.TrimEnd('b', 'B');
        var shift = digits is [.., var unit] ? char.ToLowerInvariant(unit) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 } : 0;
        var number = shift == 0 ? digits : digits[..^1];
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var amount) && amount <= long.MaxValue >> shift ? amount << shift : null;
    }

    private static (string Path, long? Size)? Tmpfs(string text)
    {
        var (path, options) = text.Split(':', 2) is [var p, var o] ? (p, o.Split(',')) : (text, []);
        var size = options.FirstOrDefault(option => option.StartsWith("size=", StringComparison.Ordinal));
        return !path.StartsWith('/') || (size is not null && Bytes(size[5..]) is null) ? null : (path, size is null ? null : Bytes(size[5..]));
    }

    private static Volume? Volume(string text) => text.Split(':') switch
    {
        [['/', ..] host, ['/', ..] inside] => Mounted(host, inside, Protocol.V1.Volume.Types.Mode.Rw),
        [['/', ..] host, ['/', ..] inside, "rw"] => Mounted(host, inside, Protocol.V1.Volume.Types.Mode.Rw),
        [['/', ..] host, ['/', ..] inside, "ro"] => Mounted(host, inside, Protocol.V1.Volume.Types.Mode.Ro),
        _ => null,
    };

    private static Volume Mounted(string host, string inside, Volume.Types.Mode mode) => new() { HostPath = host, ContainerPath = inside, Mode = mode };
}
