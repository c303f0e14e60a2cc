using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Embedded.Controllers;

/// <summary>Lets the oldest Events go when there are too many: what a real server's time to live for them is for.</summary>
internal sealed class EventTrimmer(ApiContext context) : IController
{
    private const int Most = 5_000;
    private const int AtOnce = 500;

    public void Handle(string resource, Change change)
    {
        if (resource != "events" || change.Kind != ChangeKind.Added || context.Store.Current("events").Objects is not { Count: > Most } events)
        {
            return;
        }

        foreach (var stored in events.Values.OrderBy(e => e.Version).Take(AtOnce))
        {
            context.Store.TryCommit("events", stored.Key, stored, null); // one that has just been counted up stays
        }
    }
}
