namespace MesosK8sBridge.Kubernetes.Embedded.Patching;

internal enum PatchKind
{
    Json,
    Merge,
    StrategicMerge,
    Apply,
}
