using System.Text;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;

/// <summary>Gathers a container's variables: what every container has, what <c>envFrom</c> brings, then <c>env</c>, in order.</summary>
/// <remarks>Kubernetes: pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables.</remarks>
internal sealed class ContainerEnvironment(IKubernetes kubernetes, V1Pod pod, V1Container container, string address)
{
    private const string ConfigError = "CreateContainerConfigError";

    private readonly Dictionary<string, string> _variables = new()
    {
        ["PATH"] = ProgramPath.DefaultPath,
        ["HOSTNAME"] = pod.Spec?.Hostname ?? pod.Name(),
    };

    private string Namespace => pod.Namespace() ?? "default";

    /// <exception cref="ContainerRefusedException">A Secret, a ConfigMap or a key is missing.</exception>
    public async Task<IReadOnlyDictionary<string, string>> BuildAsync(CancellationToken cancellationToken)
    {
        foreach (var source in container.EnvFrom ?? [])
        {
            await AddAllAsync(source, cancellationToken);
        }

        foreach (var variable in container.Env ?? [])
        {
            await AddAsync(variable, cancellationToken);
        }

        return _variables;
    }

    /// <returns>Null if it does not exist and need not.</returns>
    public static async Task<IReadOnlyDictionary<string, byte[]>?> ReadAsync(
        IKubernetes kubernetes, bool secret, string namespaceName, string name, bool optional, CancellationToken cancellationToken)
    {
        try
        {
            return secret
                ? (await kubernetes.GetAsync<V1Secret>(name, namespaceName, cancellationToken)).Data?.ToDictionary() ?? []
                : Bytes(await kubernetes.GetAsync<V1ConfigMap>(name, namespaceName, cancellationToken));
        }
        catch (KubernetesException e) when (e.StatusCode == 404)
        {
            return optional
                ? null
                : throw new ContainerRefusedException(ConfigError, $"{(secret ? "secret" : "configmap")} \"{name}\" not found");
        }
    }

    private static Dictionary<string, byte[]> Bytes(V1ConfigMap map)
    {
        var bytes = map.BinaryData?.ToDictionary() ?? [];
        foreach (var (key, text) in map.Data ?? new Dictionary<string, string>())
        {
            bytes[key] = Encoding.UTF8.GetBytes(text);
        }

        return bytes;
    }

    private async Task AddAllAsync(V1EnvFromSource source, CancellationToken cancellationToken)
    {
        var reference = source.SecretRef ?? source.ConfigMapRef ?? new V1EnvFromReference { Optional = true };
        var data = await ReadAsync(
            kubernetes, source.SecretRef is not null, Namespace, reference.Name ?? "", reference.Optional ?? false, cancellationToken);
        foreach (var (key, value) in data ?? new Dictionary<string, byte[]>())
        {
            _variables[source.Prefix + key] = Encoding.UTF8.GetString(value);
        }
    }

    private async Task AddAsync(V1EnvVar variable, CancellationToken cancellationToken)
    {
        var value = variable.ValueFrom switch
        {
            null => VariableExpansion.Expand(variable.Value ?? "", _variables),
            { FieldRef.FieldPath: { } path } => Field(path),
            { ResourceFieldRef: { } resource } => Resource(resource),
            { SecretKeyRef: { } key } => await KeyAsync(true, key.Name, key.Key, key.Optional, cancellationToken),
            { ConfigMapKeyRef: { } key } => await KeyAsync(false, key.Name, key.Key, key.Optional, cancellationToken),
            _ => "",
        };
        if (value is not null)
        {
            _variables[variable.Name ?? ""] = value;
        }
    }

    private async Task<string?> KeyAsync(bool secret, string? name, string? key, bool? optional, CancellationToken cancellationToken)
    {
        var data = await ReadAsync(kubernetes, secret, Namespace, name ?? "", optional ?? false, cancellationToken);
        if (data is not null && data.TryGetValue(key ?? "", out var value))
        {
            return Encoding.UTF8.GetString(value);
        }

        return optional == true
            ? null
            : throw new ContainerRefusedException(
                ConfigError, $"couldn't find key {key} in {(secret ? "Secret" : "ConfigMap")} {Namespace}/{name}");
    }

    private string Field(string path) => path switch
    {
        "metadata.name" => pod.Name(),
        "metadata.namespace" => Namespace,
        "metadata.uid" => pod.Uid(),
        "spec.nodeName" => pod.Spec?.NodeName ?? "",
        "spec.serviceAccountName" => pod.Spec?.ServiceAccountName ?? "",
        "status.hostIP" or "status.podIP" or "status.podIPs" => address,
        _ when Subscript(path, "metadata.labels") is { } key => pod.GetLabel(key) ?? "",
        _ when Subscript(path, "metadata.annotations") is { } key => pod.GetAnnotation(key) ?? "",
        _ => throw new ContainerRefusedException(ConfigError, $"unsupported fieldPath: {path}"),
    };

    private static string? Subscript(string path, string field) =>
        path.StartsWith(field + "['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal)
            ? path[(field.Length + 2)..^2]
            : null;

    private string Resource(V1ResourceFieldSelector selector)
    {
        var (kind, name) = (selector.Resource ?? "").Split('.', 2) is [var k, var n] ? (k, n) : ("", "");
        var source = pod.Spec?.Containers?.FirstOrDefault(c => c.Name == selector.ContainerName) ?? container;
        var amounts = kind == "limits" ? source.Resources?.Limits : source.Resources?.Requests;
        var amount = amounts is not null && amounts.TryGetValue(name, out var quantity) ? quantity.Value : 0;
        var divisor = selector.Divisor is { Value: > 0 } d ? d.Value : 1;
        return decimal.Ceiling(amount / divisor).ToString("0");
    }
}
