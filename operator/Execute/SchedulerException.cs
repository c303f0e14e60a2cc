namespace MesosK8sBridge.Operator.Execute;

/// <summary>A call to the scheduler API that came to nothing.</summary>
/// <param name="retry">A new subscription, here or elsewhere, may help.</param>
internal sealed class SchedulerException(string message, bool retry) : Exception(message)
{
    public bool Retry { get; } = retry;
}
