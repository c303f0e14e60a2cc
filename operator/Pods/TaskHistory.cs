using System.Collections.Immutable;
using System.Globalization;
using Google.Protobuf;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>How a task ended, before it is written as an update.</summary>
/// <param name="WasRefused">The kubelet never took it.</param>
internal sealed record TaskEnd(
    TaskState State,
    string? Message,
    DateTimeOffset At,
    TaskStatus.Types.Source Source = TaskStatus.Types.Source.Executor,
    TaskStatus.Types.Reason? Reason = null,
    Resource? Limitation = null,
    bool WasRefused = false,
    bool? Healthy = null);

/// <summary>Writes the updates of one task, in order.</summary>
internal sealed class TaskHistory(V1Pod pod, PodTasks tasks, TaskInfo task)
{
    private readonly ImmutableArray<TaskStatus>.Builder _statuses = ImmutableArray.CreateBuilder<TaskStatus>(4);
    private readonly AgentID _agent = new() { Value = tasks.Agent.Value };
    private readonly ExecutorID _executor = tasks.Executor?.ExecutorId ?? new ExecutorID { Value = task.TaskId.Value };

    /// <summary>The same in all of them.</summary>
    private ContainerStatus? _container;

    /// <summary>All of them; nothing is added after that.</summary>
    public ImmutableArray<TaskStatus> Take() => _statuses.DrainToImmutable();

    public void Add(TaskState state, DateTimeOffset at) => _statuses.Add(Status(state, at));

    public void Add(TaskEnd end)
    {
        var status = Status(end.State, end.At);
        status.Source = end.Source;
        if (end.Message is not null)
        {
            status.Message = end.Message;
        }

        if (end.Reason is { } reason)
        {
            status.Reason = reason;
        }

        if (end.Healthy is { } healthy)
        {
            status.Healthy = healthy;
        }

        if (end.Limitation is { } exceeded)
        {
            status.Limitation = new TaskResourceLimitation { Resources = { exceeded } };
        }

        _statuses.Add(status);
    }

    /// <summary>A running task has passed its check, or has failed it.</summary>
    /// <remarks>Mesos: src/launcher/executor.cpp, taskHealthUpdated and taskCheckUpdated.</remarks>
    public void AddChecked(bool passed, DateTimeOffset at)
    {
        var status = Status(TaskState.TaskRunning, at, string.Create(CultureInfo.InvariantCulture, $"{passed} {at.UtcTicks}"));
        if (task.HealthCheck is not null)
        {
            (status.Healthy, status.Reason) = (passed, TaskStatus.Types.Reason.TaskHealthCheckStatusUpdated);
        }
        else
        {
            (status.CheckStatus, status.Reason) = (TaskChecks.Result(task.Check, passed), TaskStatus.Types.Reason.TaskCheckStatusUpdated);
        }

        _statuses.Add(status);
    }

    /// <summary>Of all ends that a task may be told: what a Pod says of it may change once its other tasks end.</summary>
    public static IEnumerable<ByteString> EndUuids(V1Pod pod, string task) =>
        Enum.GetValues<TaskState>().Where(TaskStates.IsTerminal).Select(state => Uuid(pod, task, state, "0"));

    private TaskStatus Status(TaskState state, DateTimeOffset at, string? about = null) => new()
    {
        TaskId = task.TaskId,
        State = state,
        Source = TaskStatus.Types.Source.Executor,
        AgentId = _agent,
        ExecutorId = _executor,
        Timestamp = (at - DateTimeOffset.UnixEpoch).TotalSeconds,
        Uuid = Uuid(state, about),
        ContainerStatus = _container ??= ContainerStatus(),
        CheckStatus = task.Check is { } check ? TaskChecks.NoResult(check) : null,
    };

    /// <summary>Derived: told again by another bridge, the same update has the same uuid.</summary>
    private ByteString Uuid(TaskState state, string? about)
    {
        return Uuid(pod, task.TaskId.Value, state, about ?? Digits(Told(state)));
    }

    /// <summary>How many updates of that state there are so far.</summary>
    private int Told(TaskState state)
    {
        var told = 0;
        foreach (var status in _statuses)
        {
            told += status.State == state ? 1 : 0;
        }

        return told;
    }

    private static ByteString Uuid(V1Pod pod, string task, TaskState state, string about) =>
        MesosUuid.Derive($"{pod.Uid()}\n{task}\n{Digits((int)state)}\n{about}");

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <remarks>
    /// A container of a group is nested in its executor's. Without an address of its own a task has its agent's
    /// (Mesos: src/slave/slave.cpp, Slave::_statusUpdate).
    /// </remarks>
    private ContainerStatus ContainerStatus()
    {
        var status = new ContainerStatus { ContainerId = ContainerId() };
        var network = Network();
        AddAddresses(network);
        if (network.IpAddresses.Count > 0)
        {
            status.NetworkInfos.Add(network);
        }

        return status;
    }

    private NetworkInfo Network()
    {
        if (PodPorts.Networks(task, tasks.Executor).FirstOrDefault() is not { } asked)
        {
            return new NetworkInfo();
        }

        var network = new NetworkInfo { Labels = asked.Labels, PortMappings = { asked.PortMappings } };
        if (asked.HasName)
        {
            network.Name = asked.Name;
        }

        return network;
    }

    private void AddAddresses(NetworkInfo network)
    {
        var isNodes = PodPorts.IsHostNetwork(task, tasks.Executor) || pod.Status?.PodIP is null or "";
        if (isNodes || pod.Status!.PodIPs is not { Count: > 0 } all)
        {
            Add(isNodes ? pod.Status?.HostIP : pod.Status!.PodIP);
            return;
        }

        foreach (var address in all)
        {
            Add(address.Ip);
        }

        void Add(string? ip)
        {
            if (!string.IsNullOrEmpty(ip))
            {
                network.IpAddresses.Add(Address(ip));
            }
        }
    }

    private static NetworkInfo.Types.IPAddress Address(string ip)
    {
        var address = new NetworkInfo.Types.IPAddress { IpAddress = ip };
        if (ip.Contains(':'))
        {
            address.Protocol = NetworkInfo.Types.Protocol.Ipv6;
        }

        return address;
    }

    private ContainerID ContainerId()
    {
        var ofPod = new ContainerID { Value = pod.Uid() };
        if (tasks.Executor is null)
        {
            return ofPod;
        }

        var nested = MesosUuid.Derive($"{pod.Uid()}\n{task.TaskId.Value}");
        return new ContainerID { Value = new Guid(nested.Span, bigEndian: true).ToString("D"), Parent = ofPod };
    }
}
