using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>Tolerations as kubectl writes taints: <c>dedicated=mesos:NoSchedule</c>, <c>spot:NoExecute</c>, <c>dedicated=mesos</c>, <c>gpu</c>.</summary>
internal static class TolerationText
{
    private const string Effects = "NoSchedule, PreferNoSchedule, NoExecute";

    public static Reading<ImmutableArray<V1Toleration>> Read(IReadOnlyList<string> texts)
    {
        var tolerations = ImmutableArray.CreateBuilder<V1Toleration>();
        foreach (var text in texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (Read(text) is not { } toleration)
            {
                return Reading<ImmutableArray<V1Toleration>>.Bad($"'{text}' is not KEY[=VALUE][:EFFECT] with an effect of {Effects}");
            }

            tolerations.Add(toleration);
        }

        return tolerations.ToImmutable();
    }

    private static V1Toleration? Read(string text)
    {
        var (rest, effect) = Cut(text, ':');
        var (key, value) = Cut(rest, '=');
        return key.Length > 0 && effect is (null or "NoSchedule" or "PreferNoSchedule" or "NoExecute")
            ? new V1Toleration { Key = key, OperatorProperty = value is null ? "Exists" : "Equal", Value = value, Effect = effect }
            : null;
    }

    private static (string Before, string? After) Cut(string text, char at) =>
        text.IndexOf(at, StringComparison.Ordinal) is >= 0 and var place ? (text[..place], text[(place + 1)..]) : (text, null);
}
