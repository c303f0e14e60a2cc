using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>Lists and then watches, for ever, whatever the API server does meanwhile.</summary>
/// <param name="fieldSelector">Null: all there are.</param>
internal sealed class Feed<T>(IKubernetes kubernetes, string? fieldSelector, Backoff backoff, TimeProvider clock, ILogger logger)
    where T : KubernetesObject
{
    /// <summary>A server that ends watches faster must not be asked as fast.</summary>
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    /// <param name="listed">Everything there is, at the start and after each gap.</param>
    public async Task RunAsync(
        Func<IReadOnlyList<T>, ValueTask> listed, Func<WatchEventType, T, ValueTask> changed, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(listed, changed, () => failures = 0, cancellationToken);
            }
            catch (Exception e) when (e.IsTransient() || e is KubernetesException)
            {
                failures++;
                var delay = backoff.After(failures);
                logger.WatchFailed(KubernetesEntity<T>.Info.PluralName, delay, e);
                await Task.Delay(delay, clock, cancellationToken);
            }
        }
    }

    private async Task FollowAsync(
        Func<IReadOnlyList<T>, ValueTask> listed, Func<WatchEventType, T, ValueTask> changed, Action succeeded, CancellationToken cancellationToken)
    {
        var list = await kubernetes.ListAllAsync<T>(options: new ListOptions { FieldSelector = fieldSelector }, cancellationToken: cancellationToken);
        await listed([.. list.Items]);
        var version = list.Metadata.ResourceVersion;
        while (!cancellationToken.IsCancellationRequested)
        {
            var begun = clock.GetTimestamp();
            var options = new ListOptions { FieldSelector = fieldSelector, ResourceVersion = version, AllowWatchBookmarks = true };
            await foreach (var change in kubernetes.WatchAsync<T>(options: options, cancellationToken: cancellationToken))
            {
                version = change.Object.ResourceVersion() ?? version;
                succeeded();
                if (change.Type != WatchEventType.Bookmark)
                {
                    await changed(change.Type, change.Object);
                }
            }

            if (clock.GetElapsedTime(begun) < ShortestWatch)
            {
                await Task.Delay(backoff.After(1), clock, cancellationToken);
            }
        }
    }
}
