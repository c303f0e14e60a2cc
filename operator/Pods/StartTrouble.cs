using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>Why a container has not started yet, if it is for more than its turn.</summary>
/// <param name="IsFinal">Waiting will not help.</param>
/// <remarks>Kubernetes: pkg/kubelet/images/types.go, pkg/kubelet/container/sync_result.go.</remarks>
internal sealed record StartTrouble(string Message, bool IsFinal)
{
    public static StartTrouble? Of(V1ContainerStatus container)
    {
        var waiting = container.State?.Waiting;
        bool? isFinal = waiting?.Reason switch
        {
            "InvalidImageName" or "ErrImageNeverPull" => true,
            "ErrImagePull" or "ImagePullBackOff" or "RegistryUnavailable" or "SignatureValidationFailed" or "ImageInspectError" => false,
            "CreateContainerConfigError" or "CreateContainerError" or "RunContainerError" => false,
            _ => null,
        };
        return isFinal is { } final ? new(string.IsNullOrEmpty(waiting!.Message) ? waiting.Reason! : $"{waiting.Reason}: {waiting.Message}", final) : null;
    }
}
