using System.Globalization;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>Values as Mesos writes them into its messages.</summary>
/// <remarks>Mesos: 3rdparty/stout/include/stout/stringify.hpp.</remarks>
internal static class MesosText
{
    public static string Set(IEnumerable<string> items) => $"{{ {string.Join(", ", items)} }}";

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
