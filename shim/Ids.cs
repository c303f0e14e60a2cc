namespace MesosK8sBridge.Shim;

/// <summary>A framework's id: <c>&lt;master id&gt;-NNNN</c> when the master chose it, any valid id when the framework did.</summary>
public readonly record struct FrameworkId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>An agent's id: stable as long as the machine behind it is the same.</summary>
public readonly record struct AgentId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>An offer's id, <c>&lt;master id&gt;-O&lt;n&gt;</c>: never used twice in the life of a master.</summary>
public readonly record struct OfferId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>A task's id, chosen by its framework and unique among that framework's live tasks.</summary>
public readonly record struct TaskId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>Which task of which framework: what a task is known by everywhere in the bridge.</summary>
public readonly record struct TaskKey(FrameworkId Framework, TaskId Task)
{
    public override string ToString() => $"{Framework}/{Task}";
}

/// <summary>One subscription's event stream: the UUID of its <c>Mesos-Stream-Id</c> header.</summary>
public readonly record struct StreamId(Guid Value)
{
    /// <returns>Lower case with dashes, as Mesos writes it.</returns>
    public override string ToString() => Value.ToString("D");
}

/// <summary>Ties an answer of the master to the HTTP request that waits for it.</summary>
public readonly record struct RequestId(long Value);
