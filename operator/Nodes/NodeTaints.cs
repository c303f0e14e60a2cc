using System.Globalization;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Pods;

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

    /// <summary>The first because of which nothing new may be put on the node; null if there is none.</summary>
    public static V1Taint? Repelling(V1Node node, NodeSettings settings) =>
        Of(node).FirstOrDefault(taint =>
            (taint.Effect is "NoSchedule" or "NoExecute" || (taint.Key == Candidate && !settings.OfferDeletionCandidates)) && !IsTolerated(taint, settings));

    /// <summary>When the machine began to be taken out of service; null if it is to stay.</summary>
    public static DateTimeOffset? GoingSince(V1Node node) =>
        Of(node).FirstOrDefault(IsGoing) is { } taint ? Since(taint) ?? node.Metadata.CreationTimestamp ?? DateTimeOffset.UnixEpoch : null;

    /// <summary>Null unless the Pods of the node are to leave it.</summary>
    public static NodeDrain? Drain(V1Node node, NodeSettings settings) =>
        Of(node).FirstOrDefault(IsGoing) is { } going ? new NodeDrain($"its node is to be removed: {going.Key}", Since(going))
        : Of(node).FirstOrDefault(taint => Evicts(taint, settings)) is { } evicting ? new NodeDrain($"its node has the taint {evicting.Key}", evicting.TimeAdded)
        : node.Spec?.Unschedulable is true ? new NodeDrain("its node is cordoned", Of(node).FirstOrDefault(taint => taint.Key == Cordon)?.TimeAdded)
        : null;

    private static IEnumerable<V1Taint> Of(V1Node node) => node.Spec?.Taints ?? [];

    private static bool IsGoing(V1Taint taint) => taint.Effect is "NoSchedule" or "NoExecute" && OnTheWayOut.Contains(taint.Key);

    private static bool Evicts(V1Taint taint, NodeSettings settings) =>
        taint.Effect == "NoExecute" && !Silence.Contains(taint.Key) && !IsTolerated(taint, settings);

    /// <summary>The autoscaler writes the time, in seconds since 1970, as the taint's value.</summary>
    private static DateTimeOffset? Since(V1Taint taint) =>
        long.TryParse(taint.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : taint.TimeAdded;

    private static bool IsTolerated(V1Taint taint, NodeSettings settings) => settings.Tolerations.Any(toleration => Tolerates(toleration, taint));

    /// <remarks>Kubernetes: staging/src/k8s.io/api/core/v1/toleration.go, ToleratesTaint.</remarks>
    private static bool Tolerates(V1Toleration toleration, V1Taint taint) =>
        (string.IsNullOrEmpty(toleration.Effect) || toleration.Effect == taint.Effect)
        && (string.IsNullOrEmpty(toleration.Key) || toleration.Key == taint.Key)
        && (toleration.OperatorProperty == "Exists" || (toleration.Value ?? "") == (taint.Value ?? ""));
}
