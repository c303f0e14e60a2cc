using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator;

/// <summary>Writes conditions as Kubernetes wants them.</summary>
internal static class Conditions
{
    /// <summary>The transition time moves with the status alone.</summary>
    /// <param name="before">The conditions that the resource has.</param>
    /// <param name="reason">One word in CamelCase, of a stable list.</param>
    public static V1Condition Write(
        IKubernetesObject resource, IEnumerable<V1Condition>? before, string type, bool isTrue, string reason, string message, DateTimeOffset now)
    {
        var status = isTrue ? "True" : "False";
        var known = before?.FirstOrDefault(condition => condition.Type == type);
        return new V1Condition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            ObservedGeneration = resource.Metadata.Generation,
            LastTransitionTime = known?.Status == status ? known.LastTransitionTime : DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()),
        };
    }
}
