using System.Globalization;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>Values as Mesos writes them into its messages.</summary>
/// <remarks>Mesos: 3rdparty/stout/include/stout/stringify.hpp.</remarks>
internal static class MesosText
{
    public static string Set(IEnumerable<string> items) => $"{{ {string.Join(", ", items)} }}";

    public static string Bool(bool value) => value ? "true" : "false";

    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
