using System.Text;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Validation;

namespace MesosK8sBridge.Kubernetes.Embedded.Resources;

internal sealed class ConfigMapRules : ResourceRules
{
    public override IEnumerable<FieldError> Validate(JsonObject obj)
    {
        foreach (var member in new[] { "data", "binaryData" })
        {
            foreach (var (key, _) in obj.Object(member) ?? [])
            {
                if (Names.ConfigMapKey(key) is { } problem)
                {
                    yield return FieldError.Invalid($"{member}[{key}]", key, problem);
                }
            }
        }
    }

    public override IEnumerable<FieldError> ValidateUpdate(JsonObject next, JsonObject old) =>
        Validate(next).Concat(Immutability.Of(next, old, "data", "binaryData"));
}

internal sealed class SecretRules : ResourceRules
{
    public override IReadOnlyDictionary<string, Func<JsonObject, string>> SelectableFields { get; } = Fields(("type", ""));

    public override void Default(JsonObject obj)
    {
        obj.Default("type", "Opaque");
        if (obj.Object("stringData") is { } texts)
        {
            obj.Remove("stringData");
            foreach (var (key, value) in texts)
            {
                obj.Child("data")[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value.Text() ?? ""));
            }
        }
    }

    public override IEnumerable<FieldError> Validate(JsonObject obj) =>
        from key in (obj.Object("data") ?? []).Select(member => member.Key)
        let problem = Names.ConfigMapKey(key)
        where problem is not null
        select FieldError.Invalid($"data[{key}]", key, problem);

    public override IEnumerable<FieldError> ValidateUpdate(JsonObject next, JsonObject old)
    {
        var type = JsonTree.Same(next["type"], old["type"]) ? [] : new[] { FieldError.Invalid("type", next["type"], "field is immutable") };
        return Validate(next).Concat(type).Concat(Immutability.Of(next, old, "data"));
    }
}

internal static class Immutability
{
    public static IEnumerable<FieldError> Of(JsonObject next, JsonObject old, params string[] members)
    {
        if (old.Flag("immutable") is not true)
        {
            yield break;
        }

        if (next.Flag("immutable") is not true)
        {
            yield return FieldError.Forbidden("immutable", "field is immutable when `immutable` is set");
        }

        foreach (var member in members.Where(member => !JsonTree.Same(next[member], old[member])))
        {
            yield return FieldError.Forbidden(member, "field is immutable when `immutable` is set");
        }
    }
}

internal sealed class EventRules : ResourceRules
{
    public override IReadOnlyDictionary<string, Func<JsonObject, string>> SelectableFields { get; } = Fields(
        ("involvedObject.kind", ""), ("involvedObject.namespace", ""), ("involvedObject.name", ""), ("involvedObject.uid", ""),
        ("involvedObject.apiVersion", ""), ("involvedObject.resourceVersion", ""), ("involvedObject.fieldPath", ""),
        ("reason", ""), ("reportingComponent", ""), ("source", ""), ("type", ""));

    public override void Default(JsonObject obj)
    {
        obj.Default("source", new JsonObject());
        obj.Default("reportingComponent", "");
        obj.Default("reportingInstance", "");
    }

    public override IEnumerable<FieldError> Validate(JsonObject obj)
    {
        var place = obj.Text("involvedObject", "namespace") ?? "";
        var own = obj.Text("metadata", "namespace");
        if (own != place && !(place.Length == 0 && own == "default"))
        {
            yield return FieldError.Invalid("involvedObject.namespace", place, "does not match event.namespace");
        }
    }
}

internal sealed class LeaseRules : ResourceRules
{
    public override IEnumerable<FieldError> Validate(JsonObject obj)
    {
        if (obj.Integer("spec", "leaseDurationSeconds") is <= 0 and var duration)
        {
            yield return FieldError.Invalid("spec.leaseDurationSeconds", duration, "must be greater than 0");
        }

        if (obj.Integer("spec", "leaseTransitions") is < 0 and var transitions)
        {
            yield return FieldError.Invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0");
        }
    }
}

internal sealed class NamespaceRules : ResourceRules
{
    private const string Finalizer = "kubernetes";

    public override IReadOnlyDictionary<string, Func<JsonObject, string>> SelectableFields { get; } = Fields(("status.phase", ""), ("name", ""));

    public override string? NameProblem(string name) => Names.DnsLabel(name);

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["spec"] = new JsonObject { ["finalizers"] = new JsonArray(Finalizer) };
        obj["status"] = new JsonObject { ["phase"] = "Active" };
    }

    public override void PrepareForUpdate(JsonObject next, JsonObject old)
    {
        next["spec"] = old["spec"]?.DeepClone();
        next["status"] = old["status"]?.DeepClone();
    }
}

/// <summary>Of resources whose life begins in one phase.</summary>
internal sealed class PhaseRules(string first) : ResourceRules
{
    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject { ["phase"] = first };
}

internal sealed class NodeRules : ResourceRules
{
    private static readonly string[] NodeInfo =
    [
        "machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeletVersion", "kubeProxyVersion",
        "operatingSystem", "architecture",
    ];

    public override IReadOnlyDictionary<string, Func<JsonObject, string>> SelectableFields { get; } = Fields(("spec.unschedulable", "false"));

    public override void Default(JsonObject obj)
    {
        var status = obj.Child("status");
        if (status.Object("capacity") is { } capacity)
        {
            var allocatable = status.Child("allocatable");
            foreach (var (name, amount) in capacity)
            {
                allocatable.Default(name, amount?.DeepClone());
            }
        }

        obj.Child("spec");
        var endpoint = status.Child("daemonEndpoints").Child("kubeletEndpoint");
        endpoint.Default("Port", 0L);
        foreach (var name in NodeInfo)
        {
            status.Child("nodeInfo").Default(name, "");
        }
    }

    /// <summary>A node is tainted until it is known to be ready; see the node lifecycle.</summary>
    public override void PrepareForCreate(JsonObject obj)
    {
        if (obj.Array("spec", "taints").Objects().Any(taint => taint.Text("key") == Controllers.NodeLifecycle.NotReadyTaint))
        {
            return;
        }

        var taints = obj.Array("spec", "taints");
        if (taints is null)
        {
            obj.Child("spec")["taints"] = taints = [];
        }

        taints.Add(Controllers.NodeLifecycle.Taint(Controllers.NodeLifecycle.NotReadyTaint));
    }

    public override IEnumerable<FieldError> ValidateUpdate(JsonObject next, JsonObject old)
    {
        if (old.Text("spec", "podCIDR") is { Length: > 0 } cidr && cidr != next.Text("spec", "podCIDR"))
        {
            yield return FieldError.Forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
        }

        if (old.Text("spec", "providerID") is { Length: > 0 } provider && provider != next.Text("spec", "providerID"))
        {
            yield return FieldError.Forbidden("spec.providerID", "node updates may not change providerID except from \"\" to valid");
        }
    }
}

/// <summary>Deployments and their like: kept, but nothing acts on them here.</summary>
internal sealed class WorkloadRules : ResourceRules
{
    public override void Default(JsonObject obj)
    {
        var spec = obj.Child("spec");
        if (obj.Text("kind") is "Deployment" or "ReplicaSet" or "StatefulSet" or "ReplicationController")
        {
            spec.Default("replicas", 1L);
        }

        obj.Child("status");
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject();

    public override IEnumerable<FieldError> Validate(JsonObject obj)
    {
        if (obj.Integer("spec", "replicas") is < 0 and var replicas)
        {
            yield return FieldError.Invalid("spec.replicas", replicas, "must be greater than or equal to 0");
        }
    }
}

internal sealed class ServiceRules : ResourceRules
{
    private int _next = 9;

    public override string? NameProblem(string name) => Names.Dns1035Label(name);

    public override void Default(JsonObject obj)
    {
        var spec = obj.Child("spec");
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        foreach (var port in spec.Array("ports").Objects())
        {
            port.Default("protocol", "TCP");
            port.Default("targetPort", port["port"]?.DeepClone());
        }

        obj.Default("status", new JsonObject { ["loadBalancer"] = new JsonObject() });
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
        var spec = obj.Child("spec");
        if (!spec.ContainsKey("clusterIP") && spec.Text("type") != "ExternalName")
        {
            var number = Interlocked.Increment(ref _next) % 65_000;
            spec["clusterIP"] = $"10.96.{number / 256}.{number % 256}";
        }

        if (spec.Text("clusterIP") is { } address)
        {
            spec["clusterIPs"] = new JsonArray(address);
        }
    }

    public override void PrepareForUpdate(JsonObject next, JsonObject old)
    {
        foreach (var name in new[] { "clusterIP", "clusterIPs" })
        {
            next.Child("spec").Default(name, old.At("spec", name)?.DeepClone());
        }
    }

    public override IEnumerable<FieldError> Validate(JsonObject obj)
    {
        var type = obj.Text("spec", "type") ?? "";
        if (obj.Array("spec", "ports") is null && type != "ExternalName" && obj.Text("spec", "clusterIP") != "None")
        {
            yield return FieldError.Required("spec.ports");
        }

        if (type is not ("ClusterIP" or "ExternalName" or "LoadBalancer" or "NodePort"))
        {
            yield return FieldError.Unsupported("spec.type", type, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        }
    }

    public override IEnumerable<FieldError> ValidateUpdate(JsonObject next, JsonObject old)
    {
        var address = old.Text("spec", "clusterIP");
        return address is not null && address != next.Text("spec", "clusterIP")
            ? Validate(next).Append(FieldError.Invalid("spec.clusterIP", next.At("spec", "clusterIP"), "field is immutable"))
            : Validate(next);
    }
}
