using System.Globalization;
using MesosK8sBridge.Shim.Master.Agents;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>Values as Mesos writes them into its messages.</summary>
/// <remarks>Mesos: 3rdparty/stout/include/stout/stringify.hpp.</remarks>
internal static class MesosText
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    public static string Set(IEnumerable<string> items) => $"{{ {string.Join(", ", items)} }}";

    /// <param name="thousandths">Of a megabyte.</param>
    /// <returns>In the largest unit that loses nothing: <c>16MB</c>, <c>512KB</c>.</returns>
    /// <remarks>Mesos: 3rdparty/stout/include/stout/bytes.hpp.</remarks>
    public static string Megabytes(long thousandths)
    {
        var bytes = (UInt128)thousandths * (1 << 20) / 1000;
        var unit = 0;
        while (bytes > 0 && bytes % 1024 == 0 && unit < Units.Length - 1)
        {
            (bytes, unit) = (bytes / 1024, unit + 1);
        }

        return bytes.ToString(CultureInfo.InvariantCulture) + Units[unit];
    }

    /// <remarks>Mesos: src/master/master.cpp, how a <c>Slave</c> is printed.</remarks>
    public static string Agent(KnownAgent agent) =>
        $"{agent.Id} at slave(1)@{agent.Facts?.Ip}:{agent.Facts?.Port} ({agent.Hostname})";

    public static string Bool(bool value) => value ? "true" : "false";

    /// <returns>Six significant digits, as a C++ stream writes a double by default.</returns>
    public static string Number(double value) => value switch
    {
        double.NaN => "nan",
        double.PositiveInfinity => "inf",
        double.NegativeInfinity => "-inf",
        _ => value.ToString("G6", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal),
    };
}
