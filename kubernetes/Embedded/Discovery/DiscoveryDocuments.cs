using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Resources;

namespace MesosK8sBridge.Kubernetes.Embedded.Discovery;

/// <summary>What tells a client which resources there are.</summary>
/// <remarks>Kubernetes: apiserver/pkg/endpoints/discovery.</remarks>
internal sealed class DiscoveryDocuments(ResourceRegistry registry, Func<string> address)
{
    public JsonObject Versions() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = address() }),
    };

    public JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. registry.All.Where(r => r.Group.Length > 0).Select(r => r.Group).Distinct(StringComparer.Ordinal).Select(Entry)]),
    };

    /// <summary>Null if there is no such group.</summary>
    public JsonObject? Group(string group)
    {
        if (group.Length == 0 || !registry.All.Exists(r => r.Group == group))
        {
            return null;
        }

        var result = new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" };
        foreach (var (name, value) in Entry(group))
        {
            result[name] = value?.DeepClone();
        }

        return result;
    }

    /// <summary>Null if there is no such version.</summary>
    public JsonObject? Resources(string group, string version)
    {
        var found = registry.All.Where(r => r.Group == group && r.Version == version).ToList();
        return found.Count == 0 ? null : new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = found[0].ApiVersion,
            ["resources"] = new JsonArray([.. found.SelectMany(All)]),
        };
    }

    private JsonObject Entry(string group)
    {
        var versions = registry.All.Where(r => r.Group == group).Select(r => r.Version).Distinct(StringComparer.Ordinal).Order(VersionOrder.Instance).ToList();
        return new JsonObject
        {
            ["name"] = group,
            ["versions"] = new JsonArray([.. versions.Select(version => Version(group, version))]),
            ["preferredVersion"] = Version(group, versions[0]),
        };
    }

    private static JsonObject Version(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private static IEnumerable<JsonObject> All(ResourceInfo resource)
    {
        yield return Main(resource);
        var sub = new List<JsonObject>();
        if (resource.HasStatus)
        {
            sub.Add(Sub(resource, "status", resource.Kind, "get", "patch", "update"));
        }

        if (resource.Scale is not null)
        {
            var scale = Sub(resource, "scale", "Scale", "get", "patch", "update");
            scale["group"] = "autoscaling";
            scale["version"] = "v1";
            sub.Add(scale);
        }

        if (resource is { Custom: false, Kind: "Pod" })
        {
            sub.Add(Sub(resource, "binding", "Binding", "create"));
            var eviction = Sub(resource, "eviction", "Eviction", "create");
            eviction["group"] = "policy";
            eviction["version"] = "v1beta1";
            sub.Add(eviction);
            sub.Add(Sub(resource, "log", "Pod", "get"));
        }

        if (resource is { Custom: false, Kind: "Namespace" })
        {
            sub.Add(Sub(resource, "finalize", "Namespace", "update"));
        }

        foreach (var item in resource.Custom ? sub : sub.OrderBy(item => (string?)item["name"], StringComparer.Ordinal).ToList())
        {
            yield return item;
        }
    }

    private static JsonObject Main(ResourceInfo resource)
    {
        var result = new JsonObject
        {
            ["name"] = resource.Plural,
            ["singularName"] = resource.Singular,
            ["namespaced"] = resource.Namespaced,
            ["kind"] = resource.Kind,
            ["verbs"] = Verbs(resource),
        };
        if (resource.ShortNames.Length > 0)
        {
            result["shortNames"] = Array(resource.ShortNames);
        }

        if (resource.Categories.Length > 0)
        {
            result["categories"] = Array(resource.Categories);
        }

        return result;
    }

    private static JsonArray Verbs(ResourceInfo resource) =>
        resource.CreateOnly ? new JsonArray("create")
        : resource.Custom ? new JsonArray("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
        : resource.CanDeleteCollection ? new JsonArray("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
        : new JsonArray("create", "delete", "get", "list", "patch", "update", "watch");

    private static JsonObject Sub(ResourceInfo resource, string name, string kind, params string[] verbs) => new()
    {
        ["name"] = $"{resource.Plural}/{name}",
        ["singularName"] = "",
        ["namespaced"] = resource.Namespaced,
        ["kind"] = kind,
        ["verbs"] = Array(verbs),
    };

    private static JsonArray Array(IEnumerable<string> items) => new([.. items.Select(item => JsonValue.Create(item))]);
}
