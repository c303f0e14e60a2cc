using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;

namespace MesosK8sBridge.Kubernetes.Embedded.Tables;

internal static class NodeCells
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static string Status(JsonObject node)
    {
        var ready = node.Array("status", "conditions").Objects().FirstOrDefault(c => c.Text("type") == "Ready");
        var status = ready is null ? "Unknown" : ready.Text("status") == "True" ? "Ready" : "NotReady";
        return node.Flag("spec", "unschedulable") is true ? status + ",SchedulingDisabled" : status;
    }

    public static string Roles(JsonObject node)
    {
        var labels = node.Object("metadata", "labels") ?? [];
        var roles = labels.Where(l => l.Key.StartsWith(RolePrefix, StringComparison.Ordinal) && l.Key.Length > RolePrefix.Length)
            .Select(l => l.Key[RolePrefix.Length..])
            .Concat(labels.Where(l => l.Key == "kubernetes.io/role" && l.Value.Text() is { Length: > 0 }).Select(l => l.Value.Text()!));
        var shown = string.Join(',', roles.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return BuiltInColumns.Or(shown);
    }

    public static string Address(JsonObject node, string type) =>
        BuiltInColumns.Or(node.Array("status", "addresses").Objects().FirstOrDefault(a => a.Text("type") == type).Text("address"));
}

internal static class EventCells
{
    public static string? LastSeen(JsonObject e) =>
        e.Text("series", "lastObservedTime") ?? e.Text("lastTimestamp") ?? FirstSeen(e);

    public static string? FirstSeen(JsonObject e) => e.Text("firstTimestamp") ?? e.Text("eventTime");

#pragma warning disable CA1308 // resource names are lower case
    public static string Target(JsonObject e) => e.Text("involvedObject", "name") is { Length: > 0 } name
        ? $"{e.Text("involvedObject", "kind")?.ToLowerInvariant()}/{name}"
        : e.Text("involvedObject", "kind")?.ToLowerInvariant() ?? "";
#pragma warning restore CA1308

    public static string Source(JsonObject e)
    {
        var component = e.Text("source", "component") ?? e.Text("reportingComponent") ?? "";
        var host = e.Text("source", "host") ?? e.Text("reportingInstance") ?? "";
        return host.Length == 0 ? component : $"{component}, {host}";
    }

    public static long Count(JsonObject e) => e.Integer("series", "count") ?? e.Integer("count") ?? (e.Text("eventTime") is null ? 0 : 1);
}

internal static class ServiceCells
{
    public static string ExternalAddress(JsonObject service)
    {
        var external = string.Join(',', service.Array("spec", "externalIPs").Strings());
        return service.Text("spec", "type") switch
        {
            "ExternalName" => service.Text("spec", "externalName") ?? "",
            "LoadBalancer" when external.Length == 0 => "<pending>",
            _ => BuiltInColumns.Or(external),
        };
    }

    public static string Ports(JsonObject service) => BuiltInColumns.Or(string.Join(',', service.Array("spec", "ports").Objects().Select(p =>
        p.Integer("nodePort") is > 0 and var node ? $"{p.Integer("port")}:{node}/{p.Text("protocol")}" : $"{p.Integer("port")}/{p.Text("protocol")}")));

    public static string Endpoints(JsonObject endpoints)
    {
        var all = endpoints.Array("subsets").Objects().SelectMany(s => s.Array("ports").Objects().SelectMany(
            p => s.Array("addresses").Objects().Select(a => $"{a.Text("ip")}:{p.Integer("port")}"))).ToList();
        return all.Count == 0 ? "<none>" : all.Count <= 3 ? string.Join(',', all) : $"{string.Join(',', all.Take(3))} + {all.Count - 3} more...";
    }
}
