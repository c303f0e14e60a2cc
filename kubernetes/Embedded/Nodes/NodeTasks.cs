using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes;

/// <summary>Loops that are begun together and end together.</summary>
internal sealed class NodeTasks : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _all;

    private NodeTasks(ILogger logger, IEnumerable<Func<CancellationToken, Task>> loops) =>
        _all = Task.WhenAll(loops.Select(loop => Task.Run(() => GuardAsync(loop, logger), CancellationToken.None)).ToList());

    public static NodeTasks Run(ILogger logger, params IEnumerable<Func<CancellationToken, Task>> loops) => new(logger, loops);

    /// <summary>Waits until all have ended. What ended one before its time is thrown.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _all;
        _stopping.Dispose();
    }

    /// <summary>A loop that breaks is a bug: it must not break in silence.</summary>
    private async Task GuardAsync(Func<CancellationToken, Task> loop, ILogger logger)
    {
        try
        {
            await loop(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // As asked.
        }
        catch (Exception e)
        {
            logger.LoopBroken(e);
            throw;
        }
    }
}
