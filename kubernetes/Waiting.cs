namespace MesosK8sBridge.Kubernetes;

internal static class Waiting
{
    /// <summary>
    /// As <see cref="Task.Delay(TimeSpan, TimeProvider, CancellationToken)"/>, but a cancellation is felt where the waiter runs, without
    /// a detour over the thread pool: a simulation with a clock of its own can then stay on one thread.
    /// </summary>
    public static async Task DelayAsync(this TimeProvider clock, TimeSpan delay, CancellationToken cancellationToken)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var timer = clock.CreateTimer(_ => over.TrySetResult(), null, delay, Timeout.InfiniteTimeSpan);
        await using var cancelled = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), over);
        await over.Task;
    }
}
