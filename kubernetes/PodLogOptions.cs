namespace MesosK8sBridge.Kubernetes;

/// <summary>Which part of a container's output is asked for.</summary>
public sealed record PodLogOptions
{
    /// <summary>Null: the Pod's only container.</summary>
    public string? Container { get; init; }

    public bool Follow { get; init; }

    public int? TailLines { get; init; }
}
