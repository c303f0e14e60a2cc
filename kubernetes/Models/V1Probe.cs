using System.Text.Json.Serialization;

namespace MesosK8sBridge.Kubernetes.Models;

public sealed class V1Probe : KubernetesModel
{
    public V1ExecAction? Exec { get; set; }

    public V1HTTPGetAction? HttpGet { get; set; }

    public V1TCPSocketAction? TcpSocket { get; set; }

    public int? InitialDelaySeconds { get; set; }

    public int? TimeoutSeconds { get; set; }

    public int? PeriodSeconds { get; set; }

    public int? SuccessThreshold { get; set; }

    public int? FailureThreshold { get; set; }

    public long? TerminationGracePeriodSeconds { get; set; }
}

public sealed class V1Lifecycle : KubernetesModel
{
    public V1LifecycleHandler? PostStart { get; set; }

    public V1LifecycleHandler? PreStop { get; set; }
}

public sealed class V1LifecycleHandler : KubernetesModel
{
    public V1ExecAction? Exec { get; set; }

    public V1HTTPGetAction? HttpGet { get; set; }

    public V1TCPSocketAction? TcpSocket { get; set; }
}

public sealed class V1ExecAction : KubernetesModel
{
    public IList<string>? Command { get; set; }
}

public sealed class V1HTTPGetAction : KubernetesModel
{
    public string? Path { get; set; }

    public IntOrString? Port { get; set; }

    public string? Host { get; set; }

    /// <summary><c>HTTP</c> or <c>HTTPS</c>; null is HTTP.</summary>
    public string? Scheme { get; set; }

    public IList<V1HTTPHeader>? HttpHeaders { get; set; }
}

public sealed class V1HTTPHeader : KubernetesModel
{
    public string? Name { get; set; }

    public string? Value { get; set; }
}

public sealed class V1TCPSocketAction : KubernetesModel
{
    public IntOrString? Port { get; set; }

    public string? Host { get; set; }
}
