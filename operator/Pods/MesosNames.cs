using System.Collections.Concurrent;
using System.Reflection;
using Google.Protobuf.Reflection;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Values of enumerations as Mesos writes them.</summary>
internal static class MesosNames
{
    private static readonly ConcurrentDictionary<Enum, string> Known = new();

    /// <returns>E.g. <c>NET_BIND_SERVICE</c>; the number of a value that this version of Mesos does not know.</returns>
    public static string Of<T>(T value)
        where T : struct, Enum =>
        Known.GetOrAdd(value, static given => typeof(T).GetField(given.ToString())?.GetCustomAttribute<OriginalNameAttribute>()?.Name ?? given.ToString("D"));
}
