using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Frameworks;

/// <summary>How a framework fares at the moment, as the master counts it.</summary>
/// <param name="TasksByState">Those not acknowledged as ended.</param>
/// <param name="Used">Names of scalars and their amounts, by tasks and executors.</param>
internal sealed record FrameworkFigures(
    ImmutableSortedDictionary<TaskState, int> TasksByState, int Offers, ImmutableSortedDictionary<string, double> Used)
{
    public static FrameworkFigures None { get; } =
        new(ImmutableSortedDictionary<TaskState, int>.Empty, 0, ImmutableSortedDictionary<string, double>.Empty);
}
