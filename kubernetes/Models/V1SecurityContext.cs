using System.Text.Json;

namespace MesosK8sBridge.Kubernetes.Models;

public sealed class V1SecurityContext : KubernetesModel
{
    public long? RunAsUser { get; set; }

    public long? RunAsGroup { get; set; }

    public bool? RunAsNonRoot { get; set; }

    public bool? Privileged { get; set; }

    public bool? AllowPrivilegeEscalation { get; set; }

    public bool? ReadOnlyRootFilesystem { get; set; }

    public V1Capabilities? Capabilities { get; set; }

    public V1SeccompProfile? SeccompProfile { get; set; }

    public JsonElement? SeLinuxOptions { get; set; }

    public string? ProcMount { get; set; }
}

public sealed class V1PodSecurityContext : KubernetesModel
{
    public long? RunAsUser { get; set; }

    public long? RunAsGroup { get; set; }

    public bool? RunAsNonRoot { get; set; }

    public long? FsGroup { get; set; }

    public string? FsGroupChangePolicy { get; set; }

    public IList<long>? SupplementalGroups { get; set; }

    public V1SeccompProfile? SeccompProfile { get; set; }

    public JsonElement? SeLinuxOptions { get; set; }

    public IList<V1Sysctl>? Sysctls { get; set; }
}

public sealed class V1Sysctl : KubernetesModel
{
    public string? Name { get; set; }

    public string? Value { get; set; }
}

/// <summary>Names without the <c>CAP_</c> prefix.</summary>
public sealed class V1Capabilities : KubernetesModel
{
    public IList<string>? Add { get; set; }

    public IList<string>? Drop { get; set; }
}

public sealed class V1SeccompProfile : KubernetesModel
{
    /// <summary><c>RuntimeDefault</c>, <c>Unconfined</c> or <c>Localhost</c>.</summary>
    public string? Type { get; set; }

    public string? LocalhostProfile { get; set; }
}
