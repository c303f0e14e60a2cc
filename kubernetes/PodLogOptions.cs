namespace MesosK8sBridge.Kubernetes;

/// <summary>Which part of a container's output is asked for.</summary>
public sealed record PodLogOptions
{
    /// <summary>Null: the Pod's only container.</summary>
    public string? Container { get; init; }

    public bool Follow { get; init; }

    public int? TailLines { get; init; }

    /// <summary>Most bytes to send; null for all.</summary>
    public long? LimitBytes { get; init; }

    /// <summary>Only what is younger than this; whole seconds, at least one.</summary>
    public TimeSpan? Since { get; init; }

    /// <summary>Each line begins with an RFC 3339 time.</summary>
    public bool Timestamps { get; init; }

    /// <summary>The output of the container's life before the present one.</summary>
    public bool Previous { get; init; }
}
