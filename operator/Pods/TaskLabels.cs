using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>A task's labels and how it is to be discovered, as labels of its Pod; those that Kubernetes can have.</summary>
/// <remarks>All of them are in the annotation with the <c>TaskInfo</c> as well, as they were written.</remarks>
internal static class TaskLabels
{
    private const string OfTask = "label.mesosbridge.io/";

    public const string Discovery = "discovery.mesosbridge.io/";

    public const string DiscoveryName = Discovery + "name";

    public static IEnumerable<KeyValuePair<string, string>> Of(TaskDraft draft)
    {
        foreach (var label in draft.Task.Labels?.Labels_ ?? Enumerable.Empty<Label>())
        {
            if (IsLegal(label.Key, label.Value))
            {
                yield return new($"{OfTask}{label.Key}", label.Value);
            }
        }

        foreach (var (key, value) in draft.Wishes.Labels.Where(label => IsLegal(label.Key, label.Value)))
        {
            yield return new($"{OfTask}{key}", value);
        }

        if (draft.Task.Discovery is not { } discovery)
        {
            yield break;
        }

        yield return new($"{Discovery}visibility", MesosNames.Of(discovery.Visibility).ToLowerInvariant());
        foreach (var (key, value) in new[] { ("environment", discovery.Environment), ("location", discovery.Location), ("version", discovery.Version) })
        {
            if (value.Length > 0 && IsLegal(key, value))
            {
                yield return new($"{Discovery}{key}", value);
            }
        }

        if (discovery.Name.Length > 0)
        {
            yield return new(DiscoveryName, PodNames.LabelValue(discovery.Name));
        }
    }

    private static bool IsLegal(string key, string value) => PodNames.IsLabelName(key) && (value.Length == 0 || PodNames.LabelValue(value) == value);
}
