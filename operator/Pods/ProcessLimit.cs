using System.Globalization;
using MesosK8sBridge.Protocol.V1;
using Kind = MesosK8sBridge.Protocol.V1.RLimitInfo.Types.RLimit.Types.Type;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>A resource limit of a task's processes. Kubernetes has none, so a shell sets it before it becomes the task.</summary>
/// <param name="Option">Of the shell's <c>ulimit</c>.</param>
/// <param name="Unit">What the shell counts in.</param>
internal readonly record struct ProcessLimit(char Option, ulong Unit, ulong? Soft, ulong? Hard)
{
    public static ProcessLimit? Of(RLimitInfo.Types.RLimit limit, out string? problem)
    {
        problem = limit.HasHard != limit.HasSoft ? $"'{MesosNames.Of(limit.Type)}' needs both limits, hard and soft, or none" : null;
        if (problem is null && Of(limit.Type) is ({ } option, var unit))
        {
            return new ProcessLimit(option, unit, limit.HasSoft ? limit.Soft : null, limit.HasHard ? limit.Hard : null);
        }

        problem ??= $"'{MesosNames.Of(limit.Type)}' is not supported: no shell can set it";
        return null;
    }

    /// <summary>Docker's <c>ulimit</c>: <c>nofile=1024:2048</c>, of which the second may be missing, and -1 is no limit.</summary>
    public static ProcessLimit? OfDocker(string text)
    {
        var (name, amounts) = text.Split('=', 2) is [var n, var a] ? (n, a.Split(':', 2)) : (text, []);
        if (amounts is [] || !Enum.TryParse<Kind>($"Rlmt{name}", ignoreCase: true, out var kind) || Of(kind) is not ({ } option, var unit))
        {
            return null;
        }

        return Amount(amounts[0]) is { } soft && Amount(amounts[^1]) is { } hard
            ? new ProcessLimit(option, unit, soft < 0 ? null : (ulong)soft, hard < 0 ? null : (ulong)hard)
            : null;
    }

    /// <summary>Both limits first: the soft one cannot be above the hard one, before or after.</summary>
    public string Commands => Soft == Hard ? $"ulimit -{Option} {Text(Hard)}" : $"ulimit -{Option} {Text(Hard)} && ulimit -S{Option} {Text(Soft)}";

    private static long? Amount(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var amount) && amount >= -1 ? amount : null;

    private string Text(ulong? amount) => amount is { } given ? (given / Unit).ToString(CultureInfo.InvariantCulture) : "unlimited";

    /// <remarks>As dash and busybox have them: blocks of 512 bytes for -c and -f, else KiB where bytes are meant.</remarks>
    private static (char? Option, ulong Unit) Of(Kind kind) => kind switch
    {
        Kind.RlmtCpu => ('t', 1),
        Kind.RlmtFsize => ('f', 512),
        Kind.RlmtData => ('d', 1024),
        Kind.RlmtStack => ('s', 1024),
        Kind.RlmtCore => ('c', 512),
        Kind.RlmtMemlock => ('l', 1024),
        Kind.RlmtNofile => ('n', 1),
        Kind.RlmtAs => ('v', 1024),
        _ => (null, 1),
    };
}
