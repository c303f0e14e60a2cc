using System.Globalization;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>Ports from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
internal sealed record PortSpan(int First, int Last)
{
    public static Reading<PortSpan> Read(string text)
    {
        var ends = text.Split('-');
        return ends.Length == 2
            && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && first is >= 1 && last <= 65_535 && first <= last
                ? new PortSpan(first, last)
                : Reading<PortSpan>.Bad($"'{text}' is not FIRST-LAST with ports from 1 to 65535, e.g. 31000-32000");
    }
}
