namespace MesosK8sBridge.Kubernetes.Models;

public sealed class V1ObjectMeta
{
    public string? Name { get; set; }
}
