using System.Globalization;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Documents;

namespace MesosK8sBridge.Kubernetes.Embedded.Tables;

/// <summary>The columns of the built-in resources.</summary>
/// <remarks>Kubernetes: pkg/printers/internalversion/printers.go.</remarks>
internal static class BuiltInColumns
{
    private const string None = "<none>";

    public static readonly Column Name = new(
        "Name", "string", "name", 0, "Unique within the namespace.", (obj, _) => obj.Text("metadata", "name") ?? "");

    private static readonly Column Age = new("Age", "string", "", 0, "The time since the object was created.", Ages.OfCreation);

    private static readonly Column CreatedAt = new(
        "Created At", "date", "", 0, "When the object was created.", (obj, _) => obj.Text("metadata", "creationTimestamp"));

    private static readonly Dictionary<string, Column[]> ByKind = new(StringComparer.Ordinal)
    {
        ["Pod"] =
        [
            Name, Text("Ready", PodCells.Ready), Text("Status", PodCells.Status), Number("Restarts", PodCells.Restarts), Age,
            Wide("IP", pod => pod.Array("status", "podIPs").Objects().FirstOrDefault().Text("ip") ?? Or(pod.Text("status", "podIP"))),
            Wide("Node", pod => Or(pod.Text("spec", "nodeName"))),
            Wide("Nominated Node", pod => Or(pod.Text("status", "nominatedNodeName"))),
            Wide("Readiness Gates", PodCells.Gates),
        ],
        ["Node"] =
        [
            Name, Text("Status", NodeCells.Status), Text("Roles", NodeCells.Roles), Age,
            Text("Version", node => node.Text("status", "nodeInfo", "kubeletVersion") ?? ""),
            Wide("Internal-IP", node => NodeCells.Address(node, "InternalIP")), Wide("External-IP", node => NodeCells.Address(node, "ExternalIP")),
            Wide("OS-Image", node => Or(node.Text("status", "nodeInfo", "osImage"), "<unknown>")),
            Wide("Kernel-Version", node => Or(node.Text("status", "nodeInfo", "kernelVersion"), "<unknown>")),
            Wide("Container-Runtime", node => Or(node.Text("status", "nodeInfo", "containerRuntimeVersion"), "<unknown>")),
        ],
        ["Namespace"] = [Name, Text("Status", obj => obj.Text("status", "phase") ?? ""), Age],
        ["Event"] =
        [
            new("Last Seen", "string", "", 0, "When it happened last.", (e, now) => Ages.Since(EventCells.LastSeen(e), now)),
            Text("Type", e => e.Text("type") ?? ""), Text("Reason", e => e.Text("reason") ?? ""), Text("Object", EventCells.Target),
            Wide("Subobject", e => e.Text("involvedObject", "fieldPath") ?? ""), Wide("Source", EventCells.Source),
            Text("Message", e => (e.Text("message") ?? "").Trim()),
            new("First Seen", "string", "", 1, "When it happened first.", (e, now) => Ages.Since(EventCells.FirstSeen(e), now)),
            new("Count", "string", "", 1, "How often it happened.", (e, _) => EventCells.Count(e)),
            Name with { Priority = 1 },
        ],
        ["Secret"] = [Name, Text("Type", obj => obj.Text("type") ?? ""), DataCount("string", "data"), Age],
        ["ConfigMap"] = [Name, DataCount("string", "data", "binaryData"), Age],
        ["Service"] =
        [
            Name, Text("Type", s => s.Text("spec", "type") ?? ""), Text("Cluster-IP", s => Or(s.Text("spec", "clusterIP"))),
            Text("External-IP", ServiceCells.ExternalAddress), Text("Port(s)", ServiceCells.Ports), Age,
            Wide("Selector", s => Labels(s.Object("spec", "selector"))),
        ],
        ["ServiceAccount"] = [Name, new("Secrets", "string", "", 0, "", (obj, _) => (long)(obj.Array("secrets")?.Count ?? 0)), Age],
        ["Endpoints"] = [Name, Text("Endpoints", ServiceCells.Endpoints), Age],
        ["Lease"] = [Name, Text("Holder", l => l.Text("spec", "holderIdentity") ?? ""), Age],
        ["Deployment"] =
        [
            Name, Text("Ready", d => $"{Count(d, "status", "readyReplicas")}/{Count(d, "spec", "replicas")}"),
            new("Up-to-date", "string", "", 0, "", (d, _) => Count(d, "status", "updatedReplicas")),
            new("Available", "string", "", 0, "", (d, _) => Count(d, "status", "availableReplicas")), Age, .. Containers, Selector,
        ],
        ["ReplicaSet"] = Replicas("status"),
        ["ReplicationController"] = Replicas("status"),
        ["StatefulSet"] =
            [Name, Text("Ready", s => $"{Count(s, "status", "readyReplicas")}/{Count(s, "spec", "replicas")}"), Age, .. Containers],
        ["DaemonSet"] =
        [
            Name, Number("Desired", d => Count(d, "status", "desiredNumberScheduled")), Number("Current", d => Count(d, "status", "currentNumberScheduled")),
            Number("Ready", d => Count(d, "status", "numberReady")), Number("Up-to-date", d => Count(d, "status", "updatedNumberScheduled")),
            Number("Available", d => Count(d, "status", "numberAvailable")),
            Text("Node Selector", d => Labels(d.Object("spec", "template", "spec", "nodeSelector"))), Age, .. Containers, Selector,
        ],
        ["ControllerRevision"] =
        [
            Name,
            Text("Controller", r => r.Array("metadata", "ownerReferences").Objects().FirstOrDefault(o => o.Flag("controller") is true) is { } owner
                ? $"{owner.Text("kind")}/{owner.Text("name")}" : None),
            new("Revision", "string", "", 0, "", (r, _) => Count(r, "revision")), Age,
        ],
        ["Job"] =
        [
            Name, Text("Completions", j => $"{Count(j, "status", "succeeded")}/{j.Integer("spec", "completions") ?? 1}"),
            new("Duration", "string", "", 0, "", (j, now) => JobDuration(j, now)), Age, .. Containers, Selector,
        ],
        ["PodDisruptionBudget"] =
        [
            Name, Text("Min Available", p => Shown(p.At("spec", "minAvailable"))), Text("Max Unavailable", p => Shown(p.At("spec", "maxUnavailable"))),
            Number("Allowed Disruptions", p => Count(p, "status", "disruptionsAllowed")), Age,
        ],
        ["PriorityClass"] =
        [
            Name, Number("Value", p => Count(p, "value")), new("Global-Default", "boolean", "", 0, "", (p, _) => p.Flag("globalDefault") is true), Age,
        ],
        ["PersistentVolumeClaim"] =
        [
            Name, Text("Status", p => p.Text("status", "phase") ?? ""), Text("Volume", p => p.Text("spec", "volumeName") ?? ""),
            Text("Capacity", p => p.Text("status", "capacity", "storage") ?? ""), Text("Access Modes", p => Modes(p.Array("status", "accessModes"))),
            Text("StorageClass", p => p.Text("spec", "storageClassName") ?? ""), Age, Wide("VolumeMode", p => p.Text("spec", "volumeMode") ?? ""),
        ],
        ["RoleBinding"] = Binding("Role", "Users", "Groups", "ServiceAccounts"),
        ["ClusterRoleBinding"] = Binding("Role", "Users", "Groups", "ServiceAccounts"),
    };

    private static Column[] Containers =>
    [
        Wide("Containers", d => string.Join(',', Templates(d).Select(c => c.Text("name")))),
        Wide("Images", d => string.Join(',', Templates(d).Select(c => c.Text("image")))),
    ];

    private static Column Selector => Wide("Selector", d => Labels(d.Object("spec", "selector", "matchLabels") ?? (d.Object("spec", "selector"))));

    /// <summary>Of resources without columns of their own: name and creation.</summary>
    public static IReadOnlyList<Column> Of(string kind) => ByKind.GetValueOrDefault(kind) ?? [Name, CreatedAt];

    public static string Or(string? text, string otherwise = None) => string.IsNullOrEmpty(text) ? otherwise : text;

    public static string Labels(JsonObject? labels) =>
        labels is null || labels.Count == 0
            ? None
            : string.Join(',', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value.Text()}"));

    public static Column Text(string name, Func<JsonObject, string> cell) => new(name, "string", "", 0, "", (obj, _) => cell(obj));

    private static Column Wide(string name, Func<JsonObject, string> cell) => Text(name, cell) with { Priority = 1 };

    private static Column Number(string name, Func<JsonObject, long> cell) => new(name, "integer", "", 0, "", (obj, _) => cell(obj));

    private static Column DataCount(string type, params string[] members) =>
        new("Data", type, "", 0, "", (obj, _) => (long)members.Sum(member => obj.Object(member)?.Count ?? 0));

    private static Column[] Replicas(string part) =>
    [
        Name, Number("Desired", r => Count(r, "spec", "replicas")), Number("Current", r => Count(r, part, "replicas")),
        Number("Ready", r => Count(r, part, "readyReplicas")), Age, .. Containers, Selector,
    ];

    private static Column[] Binding(string role, params string[] subjects) =>
    [
        Name, Text(role, b => $"{b.Text("roleRef", "kind")}/{b.Text("roleRef", "name")}"), Age,
        .. subjects.Select(kind => Wide(kind, b => string.Join(", ", b.Array("subjects").Objects()
            .Where(s => s.Text("kind") + "s" == kind).Select(s => kind == "ServiceAccounts" ? $"{s.Text("namespace")}/{s.Text("name")}" : s.Text("name"))))),
    ];

    private static IEnumerable<JsonObject> Templates(JsonObject obj) => obj.Array("spec", "template", "spec", "containers").Objects();

    private static long Count(JsonObject obj, params ReadOnlySpan<string> path) => obj.Integer(path) ?? 0;

    private static string Shown(JsonNode? value) => value.Text() ?? value.Integer()?.ToString(CultureInfo.InvariantCulture) ?? "N/A";

    private static string Modes(JsonArray? modes) => string.Join(',', modes.Strings().Select(mode => mode switch
    {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        _ => mode,
    }));

    private static JsonNode? JobDuration(JsonObject job, DateTimeOffset now) => Timestamps.Parse(job.Text("status", "startTime")) is { } start
        ? Ages.Show((Timestamps.Parse(job.Text("status", "completionTime")) ?? now) - start)
        : "";
}
