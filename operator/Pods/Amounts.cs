using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using ValueRange = MesosK8sBridge.Protocol.V1.Value.Types.Range;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Mesos' amounts in the units of Kubernetes.</summary>
/// <remarks>Mesos counts scalars in thousandths (Mesos: src/common/values.cpp); <c>mem</c> and <c>disk</c> are MiB.</remarks>
internal static class Amounts
{
    /// <summary>In MiB more than a quantity of Kubernetes can say. Whoever means "as much as there is" writes any number.</summary>
    private const double Most = 1e12;

    /// <summary>The sum of a scalar over all reservations, in thousandths; null if there is none.</summary>
    public static long? Thousandths(IEnumerable<Resource> resources, string name)
    {
        var amounts = resources.Where(r => r.Name == name && r.Scalar is not null).Select(r => Thousandths(r.Scalar.Value)).ToArray();
        return amounts.Length == 0 ? null : amounts.Sum();
    }

    public static long Thousandths(double value) => (long)Math.Round(Math.Clamp(value, -Most, Most) * 1000, MidpointRounding.AwayFromZero);

    /// <summary>All port numbers, ascending.</summary>
    public static IEnumerable<int> Ports(IEnumerable<Resource> resources) =>
        resources.Where(r => r.Name == "ports" && r.Ranges is not null).SelectMany(r => r.Ranges.Range).SelectMany(Numbers).Order();

    public static ResourceQuantity Cores(long thousandths) => ResourceQuantity.FromMilli(thousandths);

    /// <summary>Whole MiB where it is so, else bytes.</summary>
    public static ResourceQuantity Mebibytes(long thousandths) =>
        thousandths % 1000 == 0
            ? ResourceQuantity.FromMebibytes(thousandths / 1000)
            : ResourceQuantity.FromInt64((long)((decimal)thousandths * 1048576m / 1000m));

    public static ResourceQuantity Bytes(long bytes) =>
        bytes % 1048576 == 0 ? ResourceQuantity.FromMebibytes(bytes / 1048576) : ResourceQuantity.FromInt64(bytes);

    private static IEnumerable<int> Numbers(ValueRange range)
    {
        for (var port = range.Begin; port <= range.End && port <= 65535; port++)
        {
            yield return (int)port;
        }
    }
}
