using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Queue;

/// <summary>Makes the world like an object says. Called for one object at a time, for different objects at the same time.</summary>
public interface IEntityController<in T>
    where T : IKubernetesObject
{
    /// <summary>The object is there and looks like this; whether and how it changed is not said. Must be repeatable.</summary>
    /// <param name="entity">Shared with others: not to be changed.</param>
    /// <exception cref="Exception">Anything: the call is repeated later.</exception>
    Task<WorkResult> ReconcileAsync(T entity, CancellationToken cancellationToken);

    /// <summary>The object is gone. What must not be missed needs a finalizer: deletions before we ran are never told.</summary>
    /// <param name="entity">The last that was seen of it.</param>
    /// <exception cref="Exception">Anything: the call is repeated later.</exception>
    Task DeletedAsync(T entity, CancellationToken cancellationToken);
}
