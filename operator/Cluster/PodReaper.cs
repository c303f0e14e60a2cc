using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Operator.Frameworks;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Removes Pods whose tasks are over, when their logs have been kept long enough.</summary>
internal sealed class PodReaper(TaskDirectory directory, FrameworkCatalog frameworks, PodQueue queue, RetentionSettings settings, TimeProvider clock)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(settings.Interval, clock, cancellationToken);
            foreach (var pod in PodRetention.Overdue(directory.All, framework => frameworks.RetentionOf(framework, settings), clock.GetUtcNow()).OrderBy(PodKey.Of).ToList())
            {
                queue.Enqueue(PodKey.Of(pod), new PodWork.Remove(pod.Uid()));
            }
        }
    }
}
