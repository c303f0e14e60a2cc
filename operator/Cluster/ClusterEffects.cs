using System.Diagnostics;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Cluster;

/// <summary>Where the master's effects upon the cluster become work on Pods.</summary>
internal sealed class ClusterEffects(PodQueue queue, TaskDirectory directory, FrameworkCatalog frameworks) : IEffectPerformer
{
    public void Perform(MasterEffect effect)
    {
        switch (effect)
        {
            case MasterEffect.Launch launch:
                Launch(launch);
                break;
            case MasterEffect.Kill kill:
                queue.Enqueue(PlaceOf(kill.Task), new PodWork.Kill(kill.Task, kill.Agent, kill.Grace));
                break;
            case MasterEffect.Release release:
                queue.Enqueue(PlaceOf(release.Task), new PodWork.Release(release.Task));
                break;
            case MasterEffect.RecordFramework record:
                frameworks.Record(record.Registration);
                break;
            case MasterEffect.LossesHeld held:
                frameworks.HoldLosses(held.Framework, held.Tasks);
                break;
            default:
                throw new UnreachableException($"{effect.GetType().Name} is not for the cluster.");
        }
    }

    private void Launch(MasterEffect.Launch launch)
    {
        var pod = new PodKey(frameworks.SettingsOf(launch.FrameworkId).Namespace, PodBuilder.NameOf(launch));
        foreach (var task in launch.Tasks)
        {
            directory.Launching(new TaskKey(launch.FrameworkId, new TaskId(task.TaskId.Value)), pod);
        }

        queue.Enqueue(pod, new PodWork.Create(launch));
    }

    /// <summary>What is not known has the place where it would have been launched.</summary>
    private PodKey PlaceOf(TaskKey task) =>
        directory.PlaceOf(task) ?? new PodKey(frameworks.SettingsOf(task.Framework).Namespace, PodNames.ForTask(task.Framework, task.Task));
}
