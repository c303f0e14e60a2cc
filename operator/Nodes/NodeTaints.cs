using System.Globalization;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What a node's taints mean for Mesos tasks. Functions of their arguments.</summary>
internal static class NodeTaints
{
    /// <remarks>
    /// Set for good when the machine's end is decided: kubernetes/autoscaler, cluster-autoscaler/utils/taints; karpenter,
    /// pkg/apis/v1/taints.go (and before 1.0).
    /// </remarks>
    private static readonly string[] OnTheWayOut = ["ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted", "karpenter.sh/disruption"];

    /// <summary>Set while the machine is idle enough to be given back, taken away when it is not: kubernetes/autoscaler, as above.</summary>
    private const string Candidate = "DeletionCandidateOfClusterAutoscaler";

    private const string Cordon = "node.kubernetes.io/unschedulable";

    /// <summary>Tolerated by every Pod of ours: it stays when its node is silent.</summary>
    private static readonly string[] Silence = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

    /// <summary>Those because of which nothing new may be put on the node, except by frameworks that tolerate them.</summary>
    public static IEnumerable<V1Taint> Repelling(V1Node node, NodeSettings settings) =>
        Of(node).Where(taint =>
            (taint.Effect is "NoSchedule" or "NoExecute" || (taint.Key == Candidate && !settings.OfferDeletionCandidates)) && !IsTolerated(taint, settings));

    public static AgentBarrier BarrierOf(V1Taint taint) => new(taint.Key ?? "", taint.Value ?? "", taint.Effect ?? "");

    /// <returns>Null if it tolerates nothing: its operator is not known here.</returns>
    public static BarrierPass? PassOf(V1Toleration toleration) => toleration.OperatorProperty switch
    {
        "Exists" => new BarrierPass(NullIfEmpty(toleration.Key), Value: null, NullIfEmpty(toleration.Effect)),
        null or "" or "Equal" => new BarrierPass(NullIfEmpty(toleration.Key), toleration.Value ?? "", NullIfEmpty(toleration.Effect)),
        _ => null,
    };

    /// <summary>When the machine began to be taken out of service; null if it is to stay.</summary>
    public static DateTimeOffset? GoingSince(V1Node node) =>
        Of(node).FirstOrDefault(IsGoing) is { } taint ? Since(taint) ?? node.Metadata.CreationTimestamp ?? DateTimeOffset.UnixEpoch : null;

    /// <summary>Null unless the Pods of the node are to leave it.</summary>
    /// <param name="pod">One that may tolerate more than all do; null: one that does not.</param>
    public static NodeDrain? Drain(V1Node node, NodeSettings settings, V1Pod? pod) =>
        Of(node).FirstOrDefault(IsGoing) is { } going ? new NodeDrain($"its node is to be removed: {going.Key}", Since(going))
        : Of(node).FirstOrDefault(taint => Evicts(taint, settings, pod)) is { } evicting ? new NodeDrain($"its node has the taint {evicting.Key}", evicting.TimeAdded)
        : node.Spec?.Unschedulable is true ? new NodeDrain("its node is cordoned", Of(node).FirstOrDefault(taint => taint.Key == Cordon)?.TimeAdded)
        : null;

    private static IEnumerable<V1Taint> Of(V1Node node) => node.Spec?.Taints ?? [];

    private static bool IsGoing(V1Taint taint) => taint.Effect is "NoSchedule" or "NoExecute" && OnTheWayOut.Contains(taint.Key);

    private static bool Evicts(V1Taint taint, NodeSettings settings, V1Pod? pod) =>
        taint.Effect == "NoExecute" && !Silence.Contains(taint.Key) && !IsTolerated(taint, settings)
        && pod?.Spec?.Tolerations?.Any(toleration => Tolerates(toleration, taint)) is not true;

    /// <summary>The autoscaler writes the time, in seconds since 1970, as the taint's value.</summary>
    private static DateTimeOffset? Since(V1Taint taint) =>
        long.TryParse(taint.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : taint.TimeAdded;

    private static bool IsTolerated(V1Taint taint, NodeSettings settings) => settings.Tolerations.Any(toleration => Tolerates(toleration, taint));

    /// <remarks>Kubernetes: staging/src/k8s.io/api/core/v1/toleration.go, ToleratesTaint.</remarks>
    private static bool Tolerates(V1Toleration toleration, V1Taint taint) => PassOf(toleration)?.Opens(BarrierOf(taint)) is true;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
