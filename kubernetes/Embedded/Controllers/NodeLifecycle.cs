using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Errors;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Embedded.Controllers;

/// <summary>Keeps the taints that say whether a node is ready or schedulable.</summary>
/// <remarks>Kubernetes: pkg/controller/nodelifecycle, of which this is the part without timeouts.</remarks>
internal sealed class NodeLifecycle(ApiContext context) : IController
{
    public const string NotReadyTaint = "node.kubernetes.io/not-ready";
    private const string UnreachableTaint = "node.kubernetes.io/unreachable";
    private const string UnschedulableTaint = "node.kubernetes.io/unschedulable";

    private static readonly string[] Kept = [NotReadyTaint, UnreachableTaint, UnschedulableTaint];

    private readonly Updater _updater = new(context);

    public static JsonObject Taint(string key) => new() { ["key"] = key, ["effect"] = "NoSchedule" };

    public void Handle(string resource, Change change)
    {
        if (resource != "nodes" || change.Kind == ChangeKind.Deleted || context.Store.Find("nodes", change.Current.Key)?.Document is not { } node)
        {
            return;
        }

        var wanted = Wanted(node);
        var present = node.Array("spec", "taints").Objects().Where(IsKept).Select(t => t.Text("key")!).ToHashSet(StringComparer.Ordinal);
        if (!present.SetEquals(wanted))
        {
            Write(change.Current.Key, wanted);
        }
    }

    private void Write(ObjectKey key, IReadOnlyList<string> wanted)
    {
        try
        {
            _updater.Update(context.Registry.Find("", "v1", "nodes")!, key, statusOnly: false, patch: true, WriteOptions.Server, current =>
            {
                var next = current.Copy();
                var others = current.Array("spec", "taints").Objects().Where(t => !IsKept(t)).Select(t => t.DeepClone());
                next.Child("spec").Remove("taints");
                var taints = new JsonArray([.. others, .. wanted.Select(Taint)]);
                if (taints.Count > 0)
                {
                    next.Child("spec")["taints"] = taints;
                }

                return new Proposal(next);
            });
        }
        catch (StatusException gone) when (gone.Code == 404)
        {
            // The node has been deleted meanwhile.
        }
    }

    private static List<string> Wanted(JsonObject node)
    {
        var ready = node.Array("status", "conditions").Objects().FirstOrDefault(c => c.Text("type") == "Ready").Text("status");
        var result = new List<string>();
        if (ready != "True")
        {
            result.Add(ready == "Unknown" ? UnreachableTaint : NotReadyTaint);
        }

        if (node.Flag("spec", "unschedulable") is true)
        {
            result.Add(UnschedulableTaint);
        }

        return result;
    }

    private static bool IsKept(JsonObject taint) => taint.Text("effect") == "NoSchedule" && Kept.Contains(taint.Text("key"));
}
