using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;

namespace MesosK8sBridge.Kubernetes.Embedded.Validation;

/// <remarks>Kubernetes: pkg/apis/core/validation/validation.go, validateContainers.</remarks>
internal static class ContainerValidation
{
    public static IEnumerable<FieldError> All(JsonObject spec, string path, HashSet<string> volumes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var containers = spec.Array("containers");
        if (containers is null || containers.Count == 0)
        {
            yield return FieldError.Required($"{path}.containers");
        }

        foreach (var list in new[] { "containers", "initContainers" })
        {
            var hostPorts = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (container, index) in spec.Array(list).Objects().Select((c, i) => (c, i)))
            {
                foreach (var error in One(container, $"{path}.{list}[{index}]", names, volumes).Concat(HostPorts(container, $"{path}.{list}[{index}]", hostPorts)))
                {
                    yield return error;
                }
            }
        }
    }

    private static IEnumerable<FieldError> One(JsonObject container, string path, HashSet<string> names, HashSet<string> volumes)
    {
        var name = container.Text("name") ?? "";
        if (name.Length == 0)
        {
            yield return FieldError.Required(path + ".name");
        }
        else if (Names.DnsLabel(name) is { } problem)
        {
            yield return FieldError.Invalid(path + ".name", name, problem);
        }
        else if (!names.Add(name))
        {
            yield return FieldError.Duplicate(path + ".name", name);
        }

        var image = container.Text("image") ?? "";
        if (image.Length == 0)
        {
            yield return FieldError.Required(path + ".image");
        }
        else if (image.Trim().Length != image.Length)
        {
            yield return FieldError.Invalid(path + ".image", image, "must not have leading or trailing whitespace");
        }

        if (container.Text("terminationMessagePolicy") is not (null or "File" or "FallbackToLogsOnError") and var policy)
        {
            yield return FieldError.Invalid(path + ".terminationMessagePolicy", policy, "must be 'File' or 'FallbackToLogsOnError'");
        }

        foreach (var error in Ports(container, path).Concat(Environment(container, path)).Concat(Mounts(container, path, volumes)))
        {
            yield return error;
        }

        if (container.Text("imagePullPolicy") is not (null or "Always" or "IfNotPresent" or "Never") and var pull)
        {
            yield return FieldError.Unsupported(path + ".imagePullPolicy", pull, "Always", "IfNotPresent", "Never");
        }

        foreach (var error in Resources(container.Object("resources"), path + ".resources"))
        {
            yield return error;
        }
    }

    private static IEnumerable<FieldError> Ports(JsonObject container, string path)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (port, index) in container.Array("ports").Objects().Select((p, i) => (p, i)))
        {
            var place = $"{path}.ports[{index}]";
            if (port.Text("name") is { Length: > 0 } name && !names.Add(name))
            {
                yield return FieldError.Duplicate(place + ".name", name);
            }

            var number = port.Integer("containerPort") ?? 0;
            if (number == 0)
            {
                yield return FieldError.Required(place + ".containerPort");
            }
            else if (number is < 1 or > 65535)
            {
                yield return FieldError.Invalid(place + ".containerPort", number, "must be between 1 and 65535, inclusive");
            }

            if (port.Integer("hostPort") is not null and not 0 and (< 1 or > 65535) and var host)
            {
                yield return FieldError.Invalid(place + ".hostPort", host, "must be between 1 and 65535, inclusive");
            }

            var protocol = port.Text("protocol") ?? "";
            if (protocol is not ("SCTP" or "TCP" or "UDP"))
            {
                yield return FieldError.Unsupported(place + ".protocol", protocol, "SCTP", "TCP", "UDP");
            }
        }
    }

    private static IEnumerable<FieldError> HostPorts(JsonObject container, string path, HashSet<string> taken)
    {
        foreach (var (port, index) in container.Array("ports").Objects().Select((p, i) => (p, i)))
        {
            if (port.Integer("hostPort") is > 0 and var host && !taken.Add($"{port.Text("protocol")}/{port.Text("hostIP")}/{host}"))
            {
                yield return FieldError.Duplicate($"{path}.ports[{index}].hostPort", $"{port.Text("protocol")}/{port.Text("hostIP")}/{host}");
            }
        }
    }

    private static IEnumerable<FieldError> Environment(JsonObject container, string path)
    {
        foreach (var (variable, index) in container.Array("env").Objects().Select((v, i) => (v, i)))
        {
            var place = $"{path}.env[{index}]";
            var name = variable.Text("name") ?? "";
            if (name.Length == 0)
            {
                yield return FieldError.Required(place + ".name");
            }
            else if (Names.EnvironmentVariable(name) is { } problem)
            {
                yield return FieldError.Invalid(place + ".name", name, problem);
            }

            if (variable.Object("valueFrom") is { } source)
            {
                if (source.Count == 0)
                {
                    yield return FieldError.Invalid(place + ".valueFrom", "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
                }
                else if (variable.Text("value") is { Length: > 0 })
                {
                    yield return FieldError.Invalid(place + ".valueFrom", "", "may not be specified when `value` is not empty");
                }
            }
        }
    }

    private static IEnumerable<FieldError> Mounts(JsonObject container, string path, HashSet<string> volumes)
    {
        var points = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (mount, index) in container.Array("volumeMounts").Objects().Select((m, i) => (m, i)))
        {
            var place = $"{path}.volumeMounts[{index}]";
            var name = mount.Text("name") ?? "";
            if (name.Length == 0)
            {
                yield return FieldError.Required(place + ".name");
            }
            else if (!volumes.Contains(name))
            {
                yield return new FieldError("FieldValueNotFound", place + ".name", $"Not found: \"{name}\"");
            }

            var point = mount.Text("mountPath") ?? "";
            if (point.Length == 0)
            {
                yield return FieldError.Required(place + ".mountPath");
            }
            else if (!points.Add(point))
            {
                yield return FieldError.Invalid(place + ".mountPath", point, "must be unique");
            }
        }
    }

    private static IEnumerable<FieldError> Resources(JsonObject? resources, string path)
    {
        var limits = resources.Object("limits");
        foreach (var (name, limit) in limits ?? [])
        {
            foreach (var error in Amount(name, limit, $"{path}.limits"))
            {
                yield return error;
            }
        }

        foreach (var (name, request) in resources.Object("requests") ?? [])
        {
            foreach (var error in Amount(name, request, $"{path}.requests"))
            {
                yield return error;
            }

            if (Quantity.TryParse(request.Text(), out var asked) && Quantity.TryParse(limits.Text(name), out var most) && asked.CompareTo(most) > 0)
            {
                yield return FieldError.Invalid($"{path}.requests", request, $"must be less than or equal to {name} limit");
            }
            else if (limits.Text(name) is null && IsExtended(name))
            {
                yield return FieldError.Required($"{path}.limits", "Limit must be set for non overcommitable resources");
            }
        }
    }

    private static IEnumerable<FieldError> Amount(string name, JsonNode? amount, string path)
    {
        if (Names.QualifiedName(name) is { } problem)
        {
            yield return FieldError.Invalid(path, name, problem);
        }
        else if (!name.Contains('/', StringComparison.Ordinal) && name is not ("cpu" or "memory" or "ephemeral-storage") && !name.StartsWith("hugepages-", StringComparison.Ordinal))
        {
            yield return FieldError.Invalid($"{path}[{name}]", name, "must be a standard resource type or fully qualified");
            yield return FieldError.Invalid($"{path}[{name}]", name, "must be a standard resource for containers");
        }

        if (Quantity.TryParse(amount.Text(), out var quantity) && quantity.Nano.Sign < 0)
        {
            yield return FieldError.Invalid($"{path}[{name}]", amount, "must be greater than or equal to 0");
        }

        if (IsExtended(name) && quantity.Nano % 1_000_000_000 != 0)
        {
            yield return FieldError.Invalid($"{path}[{name}]", amount, "must be an integer");
        }
    }

    private static bool IsExtended(string name) =>
        name.Contains('/', StringComparison.Ordinal) && !name.StartsWith("kubernetes.io/", StringComparison.Ordinal)
        && !name.Split('/')[0].EndsWith(".kubernetes.io", StringComparison.Ordinal);
}
