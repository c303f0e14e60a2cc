using System.Collections.Concurrent;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Http;

/// <summary>Requests that wait for the master's answer. Bounded by the number of connections.</summary>
internal sealed class PendingAnswers
{
    private readonly ConcurrentDictionary<RequestId, TaskCompletionSource<SchedulerAnswer>> _pending = new();
    private long _last;

    public int Count => _pending.Count;

    public (RequestId Request, Task<SchedulerAnswer> Answer) Expect()
    {
        var request = new RequestId(Interlocked.Increment(ref _last));
        var answer = new TaskCompletionSource<SchedulerAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[request] = answer;
        return (request, answer.Task);
    }

    public void Complete(RequestId request, SchedulerAnswer answer)
    {
        if (_pending.TryRemove(request, out var pending))
        {
            pending.TrySetResult(answer);
        }
    }

    /// <summary>The master that was asked will not answer.</summary>
    public void CompleteAll(SchedulerAnswer answer)
    {
        foreach (var request in _pending.Keys)
        {
            Complete(request, answer);
        }
    }

    public void Forget(RequestId request) => _pending.TryRemove(request, out _);
}
