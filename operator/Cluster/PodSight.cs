using MesosK8sBridge.Operator.Pods;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>
/// Reads Pods of whoever made them: who may create Pods may write what no validation has ever seen. One that cannot be read must not
/// end the bridge, which would find it again at its next start.
/// </summary>
internal sealed class PodSight(PodPatience patience, TimeProvider clock, ILogger log)
{
    /// <param name="node">The Pod's node; null: nobody has said anything of it.</param>
    public PodReading Read(TaskPod pod, PodNode? node = null) =>
        Try(pod, () => PodReader.Read(pod.Pod, pod.Tasks, patience, clock.GetUtcNow(), node)) ?? PodReading.Unknown(pod.Tasks);

    /// <summary>The last reading of a Pod that has left the cluster: also of one that nobody understands, that much is known.</summary>
    public PodReading ReadGone(TaskPod pod)
    {
        if (Try(pod, () => PodReader.ReadGone(pod.Pod, pod.Tasks, patience, clock.GetUtcNow())) is { } reading)
        {
            return reading;
        }

        var unknown = PodReading.Unknown(pod.Tasks);
        return unknown with { Tasks = [.. unknown.Tasks.Select(task => task with { Vanished = $"Pod {PodKey.Of(pod.Pod)} is gone" })] };
    }

    private PodReading? Try(TaskPod pod, Func<PodReading> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure)
        {
            log.PodNotUnderstood(failure, PodKey.Of(pod.Pod));
            return null;
        }
    }
}
