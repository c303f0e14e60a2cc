using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>
/// Parts that run until they are told to stop. One that ends by a fault of ours ends the process: half a bridge would lose updates in
/// silence.
/// </summary>
internal sealed class RunningParts(IFatalErrors fatal) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _running = [];

    public void Start(Func<CancellationToken, Task> part)
    {
        lock (_running)
        {
            _running.Add(GuardAsync(part));
        }
    }

    /// <summary>Stops all, and waits for their end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync();
        for (var parts = Parts(); parts.Any(part => !part.IsCompleted); parts = Parts())
        {
            await Task.WhenAll(parts); // One of them may have been starting others.
        }

        _stopping.Dispose();
    }

    private Task[] Parts()
    {
        lock (_running)
        {
            return [.. _running];
        }
    }

    private async Task GuardAsync(Func<CancellationToken, Task> part)
    {
        try
        {
            await Task.Run(() => part(_stopping.Token));
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
#pragma warning disable CA1031 // The edge of the process.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            fatal.End("A part of the bridge failed", fault);
        }
    }
}
