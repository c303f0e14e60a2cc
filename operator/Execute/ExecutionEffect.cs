using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>All that an <see cref="Execution"/> wants done, in this order.</summary>
internal abstract record ExecutionEffect
{
    private ExecutionEffect()
    {
    }

    /// <summary>Open a stream, in place of any before it.</summary>
    public sealed record Subscribe(Call Call) : ExecutionEffect;

    /// <summary>Any call but SUBSCRIBE, on the current stream.</summary>
    public sealed record Send(Call Call) : ExecutionEffect;

    public sealed record Report(ExecutionReport Value) : ExecutionEffect;

    /// <summary>It is over. Always the last effect.</summary>
    public sealed record Finish(ExecutionOutcome Outcome) : ExecutionEffect;
}

/// <summary>How a run ended; the command line maps it to the exit status.</summary>
internal enum ExecutionOutcome
{
    /// <summary>Every task finished, or was killed because the plan said so.</summary>
    Succeeded,

    /// <summary>At least one task ended in another way.</summary>
    TaskFailed,

    /// <summary>The master could not be reached for too long, or refused the framework.</summary>
    MasterUnavailable,

    /// <summary>The plan's time was up.</summary>
    TimedOut,

    Interrupted,
}
