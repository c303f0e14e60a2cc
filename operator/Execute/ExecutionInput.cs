using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>All that can happen to an <see cref="Execution"/>.</summary>
internal abstract record ExecutionInput
{
    private ExecutionInput()
    {
    }

    /// <summary>One event of the current stream.</summary>
    public sealed record Received(Event Event) : ExecutionInput;

    /// <summary>The stream is gone, could not be opened, or a call on it came to nothing.</summary>
    /// <param name="Retry">False: the master said no, and would say it again.</param>
    public sealed record Disconnected(string Reason, bool Retry) : ExecutionInput;

    /// <summary>The user has had enough.</summary>
    public sealed record StopRequested : ExecutionInput;

    /// <summary>Nothing but time has passed. Also the first input of all.</summary>
    public sealed record Tick : ExecutionInput;
}
