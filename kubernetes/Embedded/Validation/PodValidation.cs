using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;

namespace MesosK8sBridge.Kubernetes.Embedded.Validation;

/// <summary>What a Pod must be, in the API server's words and order.</summary>
/// <remarks>Kubernetes: pkg/apis/core/validation/validation.go.</remarks>
internal static class PodValidation
{
    private const string UpdateForbidden =
        "pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or "
        + "`spec.tolerations` (only additions to existing tolerations)";

    public static IEnumerable<FieldError> Spec(JsonObject spec, string path)
    {
        var volumes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var error in Volumes(spec, path, volumes)
            .Concat(ContainerValidation.All(spec, path, volumes))
            .Concat(Policies(spec, path))
            .Concat(SecurityContext(spec, path)))
        {
            yield return error;
        }

        foreach (var (name, value) in spec.Object("nodeSelector") ?? [])
        {
            if (Names.QualifiedName(name) is { } problem)
            {
                yield return FieldError.Invalid($"{path}.nodeSelector", name, problem);
            }

            if (Names.LabelValue(value.Text() ?? "") is { } wrong)
            {
                yield return FieldError.Invalid($"{path}.nodeSelector", value.Text() ?? "", wrong);
            }
        }

        foreach (var error in Placement(spec, path).Concat(Tolerations(spec, path)))
        {
            yield return error;
        }
    }

    public static IEnumerable<FieldError> Update(JsonObject next, JsonObject old)
    {
        var (spec, before) = (next.Object("spec") ?? [], old.Object("spec") ?? []);
        foreach (var list in new[] { "containers", "initContainers" })
        {
            if ((spec.Array(list)?.Count ?? 0) != (before.Array(list)?.Count ?? 0))
            {
                yield return FieldError.Forbidden($"spec.{list}", "pod updates may not add or remove containers");
                yield break;
            }

            foreach (var (container, index) in spec.Array(list).Objects().Select((c, i) => (c, i)).Where(c => c.c.Text("image") is null or ""))
            {
                yield return FieldError.Required($"spec.{list}[{index}].image");
            }
        }

        foreach (var error in DeadlineUpdate(spec, before))
        {
            yield return error;
        }

        if (!JsonTree.Same(Mended(spec, before), before))
        {
            yield return FieldError.Forbidden("spec", UpdateForbidden);
        }

        if (!KeepsTolerations(spec, before))
        {
            yield return FieldError.Forbidden(
                "spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
        }
    }

    public static IEnumerable<FieldError> StatusUpdate(JsonObject next, JsonObject old)
    {
        var changed = next.Text("status", "nominatedNodeName") is { Length: > 0 } node && Names.DnsSubdomain(node) is { } problem
            ? new[] { FieldError.Invalid("status.nominatedNodeName", node, problem) }
            : [];
        return changed.Concat(TerminatedStays(next, old, "containerStatuses"));
    }

    /// <summary>A container that has ended and may not be restarted never runs again.</summary>
    private static IEnumerable<FieldError> TerminatedStays(JsonObject next, JsonObject old, string list)
    {
        var policy = old.Text("spec", "restartPolicy");
        if (policy == "Always")
        {
            yield break;
        }

        foreach (var (status, index) in old.Array("status", list).Objects().Select((s, i) => (s, i)))
        {
            var ended = status.Object("state", "terminated");
            var now = next.Array("status", list).Objects().FirstOrDefault(s => s.Text("name") == status.Text("name"));
            if (ended is not null && !(policy == "OnFailure" && ended.Integer("exitCode") != 0) && now is not null && now.Object("state", "terminated") is null)
            {
                yield return FieldError.Forbidden($"status.{list}[{index}].state", "may not be transitioned to non-terminated state");
            }
        }
    }

    private static IEnumerable<FieldError> Volumes(JsonObject spec, string path, HashSet<string> names)
    {
        foreach (var (volume, index) in spec.Array("volumes").Objects().Select((v, i) => (v, i)))
        {
            var place = $"{path}.volumes[{index}]";
            var name = volume.Text("name") ?? "";
            if (name.Length == 0)
            {
                yield return FieldError.Required(place + ".name");
            }
            else if (Names.DnsLabel(name) is { } problem)
            {
                yield return FieldError.Invalid(place + ".name", name, problem);
            }
            else if (!names.Add(name))
            {
                yield return FieldError.Duplicate(place + ".name", name);
            }

            foreach (var (source, _) in volume.Where(member => member.Key != "name").Skip(1))
            {
                yield return FieldError.Forbidden($"{place}.{source}", "may not specify more than 1 volume type");
            }

            if (volume.Object("hostPath") is { } host && host.Text("path") is null or "")
            {
                yield return FieldError.Required(place + ".hostPath.path");
            }
        }
    }

    private static IEnumerable<FieldError> Policies(JsonObject spec, string path)
    {
        var restart = spec.Text("restartPolicy") ?? "";
        if (restart is not ("Always" or "OnFailure" or "Never"))
        {
            yield return FieldError.Unsupported($"{path}.restartPolicy", restart, "Always", "OnFailure", "Never");
        }

        var dns = spec.Text("dnsPolicy") ?? "";
        if (dns is not ("ClusterFirstWithHostNet" or "ClusterFirst" or "Default" or "None"))
        {
            yield return FieldError.Unsupported($"{path}.dnsPolicy", dns, "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
        }
    }

    private static IEnumerable<FieldError> SecurityContext(JsonObject spec, string path)
    {
        foreach (var id in new[] { "fsGroup", "runAsUser", "runAsGroup" })
        {
            if (spec.Integer("securityContext", id) is { } value && value is < 0 or > int.MaxValue)
            {
                yield return FieldError.Invalid($"{path}.securityContext.{id}", value, "must be between 0 and 2147483647, inclusive");
            }
        }

        if (spec.Flag("hostNetwork") is true)
        {
            foreach (var error in HostPorts(spec, path))
            {
                yield return error;
            }
        }
    }

    private static IEnumerable<FieldError> HostPorts(JsonObject spec, string path)
    {
        foreach (var (container, index) in spec.Array("containers").Objects().Select((c, i) => (c, i)))
        {
            foreach (var (port, at) in container.Array("ports").Objects().Select((p, i) => (p, i)))
            {
                if (port.Integer("hostPort") is { } host && host != port.Integer("containerPort"))
                {
                    yield return FieldError.Invalid(
                        $"{path}.containers[{index}].ports[{at}].containerPort", port["containerPort"], "must match `hostPort` when `hostNetwork` is true");
                }
            }
        }
    }

    private static IEnumerable<FieldError> Placement(JsonObject spec, string path)
    {
        if (spec.Text("serviceAccountName") is { Length: > 0 } account && Names.DnsSubdomain(account) is { } wrong)
        {
            yield return FieldError.Invalid($"{path}.serviceAccountName", account, wrong);
        }

        if (spec.Text("nodeName") is { Length: > 0 } node && Names.DnsSubdomain(node) is { } problem)
        {
            yield return FieldError.Invalid($"{path}.nodeName", node, problem);
        }

        if (spec.Integer("activeDeadlineSeconds") is { } deadline && deadline is < 1 or > int.MaxValue)
        {
            yield return FieldError.Invalid($"{path}.activeDeadlineSeconds", deadline, "must be between 1 and 2147483647, inclusive");
        }

        foreach (var member in new[] { "hostname", "subdomain" })
        {
            if (spec.Text(member) is { Length: > 0 } name && Names.DnsLabel(name) is { } bad)
            {
                yield return FieldError.Invalid($"{path}.{member}", name, bad);
            }
        }
    }

    private static IEnumerable<FieldError> Tolerations(JsonObject spec, string path)
    {
        foreach (var (toleration, index) in spec.Array("tolerations").Objects().Select((t, i) => (t, i)))
        {
            var place = $"{path}.tolerations[{index}]";
            var key = toleration.Text("key") ?? "";
            var op = toleration.Text("operator") ?? "";
            var effect = toleration.Text("effect") ?? "";
            if (key.Length > 0 && Names.QualifiedName(key) is { } problem)
            {
                yield return FieldError.Invalid(place + ".key", key, problem);
            }

            if (key.Length == 0 && op != "Exists")
            {
                yield return FieldError.Invalid(
                    place + ".operator", op, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            }

            if (toleration["tolerationSeconds"] is not null && effect != "NoExecute")
            {
                yield return FieldError.Invalid(place + ".effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
            }

            if (op is not ("" or "Equal" or "Exists"))
            {
                yield return FieldError.Unsupported(place + ".operator", op, "Equal", "Exists");
            }

            if (effect is not ("" or "NoSchedule" or "PreferNoSchedule" or "NoExecute"))
            {
                yield return FieldError.Unsupported(place + ".effect", effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
            }
        }
    }

    private static IEnumerable<FieldError> DeadlineUpdate(JsonObject spec, JsonObject before)
    {
        var now = spec.Integer("activeDeadlineSeconds");
        if (now is < 0 or > int.MaxValue)
        {
            yield return FieldError.Invalid("spec.activeDeadlineSeconds", now, "must be between 0 and 2147483647, inclusive");
        }
        else if (before.Integer("activeDeadlineSeconds") is { } old)
        {
            if (now is null)
            {
                yield return FieldError.Invalid("spec.activeDeadlineSeconds", (JsonNode?)null, "must not update from a positive integer to nil value");
            }
            else if (now > old)
            {
                yield return FieldError.Invalid("spec.activeDeadlineSeconds", now, "must be less than or equal to previous value");
            }
        }
    }

    /// <summary>The new spec with everything put back that is allowed to change.</summary>
    private static JsonObject Mended(JsonObject spec, JsonObject before)
    {
        var result = spec.Copy();
        foreach (var list in new[] { "containers", "initContainers" })
        {
            foreach (var (container, old) in result.Array(list).Objects().Zip(before.Array(list).Objects()))
            {
                PutBack(container, old, "image");
            }
        }

        PutBack(result, before, "activeDeadlineSeconds");
        PutBack(result, before, "tolerations");
        if (before.Integer("terminationGracePeriodSeconds") is < 0 && result.Integer("terminationGracePeriodSeconds") == 1)
        {
            PutBack(result, before, "terminationGracePeriodSeconds");
        }

        return result;
    }

    private static void PutBack(JsonObject target, JsonObject source, string name)
    {
        target.Remove(name);
        if (source[name] is { } value)
        {
            target[name] = value.DeepClone();
        }
    }

    private static bool KeepsTolerations(JsonObject spec, JsonObject before)
    {
        var now = spec.Array("tolerations").Objects().Select(WithoutSeconds).ToList();
        return before.Array("tolerations").Objects().Select(WithoutSeconds).All(old => now.Exists(t => JsonTree.Same(t, old)));
    }

    private static JsonObject WithoutSeconds(JsonObject toleration)
    {
        var copy = toleration.Copy();
        copy.Remove("tolerationSeconds");
        return copy;
    }
}
