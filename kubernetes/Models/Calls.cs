namespace MesosK8sBridge.Kubernetes.Models;

public sealed class KubernetesList<T>;

public sealed record WatchEvent<T>(string Type, T Object);

public sealed class V1Patch;

public sealed class V1DeleteOptions;
