using MesosK8sBridge.Kubernetes.Json;

namespace MesosK8sBridge.Kubernetes;

/// <summary>Limits of a <see cref="KubernetesClient"/>. The defaults suit a busy cluster.</summary>
public sealed record KubernetesClientOptions
{
    /// <summary>How long one attempt may take until its whole answer is here; for watches and logs until it begins. Default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a list's page may take. Default 60 s.</summary>
    public TimeSpan ListTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After which the server ends a watch that asks for nothing else. Default 5 min.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How much later than asked a watch may end before it counts as dead. Default 30 s.</summary>
    public TimeSpan WatchGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest silence of a log that is not followed. Default 30 s.</summary>
    public TimeSpan LogSilence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a call is repeated that was answered 429 or 503 with Retry-After. Default 4.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>A Retry-After beyond this is the caller's matter. Default 10 s.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest event of a watch, in bytes. Default 16 MiB: several times what etcd stores.</summary>
    public int LargestEvent { get; init; } = 16 * 1024 * 1024;

    /// <summary>Largest answer to any other call, in bytes. Default 256 MiB.</summary>
    public int LargestAnswer { get; init; } = 256 * 1024 * 1024;

    /// <summary>Adds types to those this assembly knows.</summary>
    public KubernetesJson Json { get; init; } = KubernetesJson.Default;

    public string UserAgent { get; init; } = "mesos-bridge/0.1.0";
}
