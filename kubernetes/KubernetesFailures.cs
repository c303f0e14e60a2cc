using System.Text.Json;
using MesosK8sBridge.Kubernetes.Configuration;

namespace MesosK8sBridge.Kubernetes;

/// <summary>What a failed call means for the one who made it.</summary>
public static class KubernetesFailures
{
    /// <summary>
    /// The same call may succeed later: no answer, a broken answer, or one that says so. What has been done by the server is unknown
    /// unless it answered.
    /// </summary>
    public static bool IsTransient(this Exception failure) => failure switch
    {
        KubernetesException answer => answer.IsTransient,
        HttpRequestException or IOException or TimeoutException => true,
        _ => false,
    };

    /// <summary>Anything the other side, or the way there, may do to us, nonsense included; a bug of ours is not among it.</summary>
    internal static bool IsForeign(this Exception failure) =>
        failure is KubernetesException or JsonException or KubernetesConfigurationException || failure.IsTransient();
}
