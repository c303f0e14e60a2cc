using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>The Secrets by which the kubelet may pull a launch's images.</summary>
/// <param name="Names">All of them.</param>
/// <param name="Made">Those made from a value that the launch carried: the key of the value, by the name of the Secret.</param>
internal sealed record PullSecrets(ImmutableArray<string> Names, ImmutableSortedDictionary<string, string> Made)
{
    private static readonly PullSecrets None = new([], ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>Of the names of those made for a Pod.</summary>
    public static string PrefixOf(string pod) => $"{pod}-pull-";

    public static PullSecrets Of(IEnumerable<TaskDraft> drafts, string pod, ImmutableSortedDictionary<string, byte[]> values)
    {
        var configs = drafts.Select(draft => draft.Task.Container?.Mesos?.Image?.Docker?.Config).OfType<Secret>().ToList();
        if (configs.Count == 0)
        {
            return None;
        }

        var names = new List<string>();
        var made = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, key) in configs.Select(config => TaskSecrets.Place(config, out _)!.Value))
        {
            if (name == pod && values.ContainsKey(key))
            {
                names.Add($"{PrefixOf(pod)}{made.Count}");
                made.Add(names[^1], key);
            }
            else
            {
                names.Add(name);
            }
        }

        return new PullSecrets([.. names.Distinct()], made.ToImmutable());
    }
}
