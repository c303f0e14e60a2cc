namespace MesosK8sBridge.Operator.Pods;

/// <summary>How a task's Pod comes to the node that was offered.</summary>
public enum Binding
{
    /// <summary>The bridge binds it, by <c>spec.nodeName</c>. The kubelet refuses what does not fit.</summary>
    Direct,

    /// <summary>The scheduler of Kubernetes binds it, to that node and no other. It waits for room, and makes some if the Pod's priority is worth it.</summary>
    Scheduler,
}
