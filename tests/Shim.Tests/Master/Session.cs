using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using Reason = MesosK8sBridge.Protocol.V1.TaskStatus.Types.Reason;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>
/// A conversation with a master, one command a line, as transcripts have it. A command may begin with <c>+10s</c>: time passes
/// first, with a tick at each of the master's deadlines. Heartbeats are left out where more than a minute passes.
/// </summary>
internal sealed class Session
{
    private readonly MesosMaster _master;
    private readonly Dictionary<string, string> _frameworks = [];
    private readonly Dictionary<(string Stream, string Task), ByteString> _latestUuids = [];
    private readonly List<FrameworkPolicy> _policies = [];
    private readonly List<RolePolicy> _roles = [];
    private DateTimeOffset _now = Given.T0;
    private long _request;

    public Session(MasterOptions? options = null, int seed = 1) =>
        _master = new MesosMaster(options ?? new MasterOptions { Admission = Admission.Open }, Given.MasterInfo, new Random(seed));

    /// <summary>As a transcript's first line has them, <c>options losses=2 share=0.5 interval=600 offer-timeout=30</c>; without it the defaults.</summary>
    public static MasterOptions OptionsOf(string transcript)
    {
        var named = transcript.Split('\n').FirstOrDefault(l => l.StartsWith("options ", StringComparison.Ordinal)) is { } line
            ? Named(line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            : [];
        var defaults = new MasterOptions { Admission = Admission.Open };
        return defaults with
        {
            MaxLosses = int.Parse(named.GetValueOrDefault("losses", $"{defaults.MaxLosses}"), CultureInfo.InvariantCulture),
            MaxLossShare = named.TryGetValue("share", out var share) ? double.Parse(share, CultureInfo.InvariantCulture) : defaults.MaxLossShare,
            LossInterval = Seconds("interval") ?? defaults.LossInterval,
            OfferTimeout = Seconds("offer-timeout"),
        };

        TimeSpan? Seconds(string name) =>
            named.TryGetValue(name, out var text) ? TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture)) : null;
    }

    private static Dictionary<string, string> Named(IEnumerable<string> words) =>
        words.Where(w => w.Contains('=', StringComparison.Ordinal))
            .ToDictionary(w => w[..w.IndexOf('=', StringComparison.Ordinal)], w => w[(w.IndexOf('=', StringComparison.Ordinal) + 1)..]);

    public MesosMaster Master => _master;

    public DateTimeOffset Now => _now;

    /// <returns>A line for each effect, those of passing time marked with when they came.</returns>
    public IReadOnlyList<string> Do(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var lines = new List<string>();
        if (words[0][0] == '+')
        {
            Pass(TimeSpan.FromSeconds(double.Parse(words[0][1..^1], CultureInfo.InvariantCulture)), lines);
            words = words[1..];
        }

        if (words is ["maintenance", var agent])
        {
            lines.AddRange(Master.Snapshot.Agents.Single(a => a.Id.Value == agent).Maintenance
                .Select(m => $"{m.Framework} {m.Answer} at +{(m.At - Given.T0).TotalSeconds}s"));
        }
        else if (words.Length > 0 && words[0] != "options")
        {
            lines.AddRange(Send(Read(words)).Select(EffectText.Of));
        }

        return lines;
    }

    public IReadOnlyList<MasterEffect> Send(MasterInput input)
    {
        var effects = _master.Handle(input, _now);
        foreach (var send in effects.OfType<MasterEffect.Send>())
        {
            if (send.Event.Type == Event.Types.Type.Subscribed)
            {
                _frameworks[Given.NameOf(send.Stream)] = send.Event.Subscribed.FrameworkId.Value;
            }
            else if (send.Event.Update?.Status is { HasUuid: true } status)
            {
                _latestUuids[(Given.NameOf(send.Stream), status.TaskId.Value)] = status.Uuid;
            }
        }

        return effects;
    }

    private void Pass(TimeSpan time, List<string> lines)
    {
        var until = _now + time;
        while (_master.NextDeadline is { } due && due <= until)
        {
            _now = due > _now ? due : _now;
            lines.AddRange(Send(new MasterInput.Tick())
                .Where(e => time <= TimeSpan.FromMinutes(1) || e is not MasterEffect.Send { Event.Type: Event.Types.Type.Heartbeat })
                .Select(e => $"(+{(_now - Given.T0).TotalSeconds}s) {EffectText.Of(e)}"));
        }

        _now = until;
    }

    private MasterInput Read(string[] words)
    {
        var named = Named(words);
        var plain = words.Where(w => !w.Contains('=', StringComparison.Ordinal)).ToArray();
        return words[0] switch
        {
            "recovered" => new MasterInput.RecoveryCompleted(),
            "tick" => new MasterInput.Tick(),
            "policy" => Policy(plain[1], named),
            "role" => Role(plain[1], named),
            "policies-gone" => new MasterInput.PoliciesReplaced([]),
            "teardown-requested" => new MasterInput.TeardownRequested(new FrameworkId(plain[1])),
            "agent" => new MasterInput.AgentObserved(Agent(plain[1], named)),
            "agent-unreachable" => new MasterInput.AgentUnreachable(new AgentId(plain[1]), _now),
            "agent-removed" => new MasterInput.AgentRemoved(new AgentId(plain[1])),
            "vanished" => new MasterInput.TaskVanished(Key(plain[1], plain[2]), string.Join(' ', plain[3..])),
            "losses-confirmed" => new MasterInput.LossesConfirmed(new FrameworkId(plain[1])),
            "subscribe" => Subscribe(plain[1], named),
            "closed" => new MasterInput.StreamClosed(Given.Stream(plain[1])),
            "observed" => new MasterInput.TaskObserved(Key(plain[1], plain[2]), [.. plain[3..].Select(Given.Status)]),
            "refused" => new MasterInput.LaunchRefused(
                Key(plain[1], plain[2]),
                plain[3] == "failed",
                Enum.Parse<Reason>(Given.Pascal(plain[4])),
                string.Join(' ', plain[5..])),
            "framework-recovered" => Recovered(plain[1], named),
            "task-recovered" => new MasterInput.TaskRecovered(
                new FrameworkId(plain[1]),
                new AgentId(named["agent"]),
                Given.Task(plain[2], named.GetValueOrDefault("res", "cpus:1;mem:128"), named["agent"]),
                null,
                [.. plain[3..].Select(Given.Status)]),
            _ => CallOf(words, plain, named),
        };
    }

    private TaskKey Key(string framework, string task) => new(new FrameworkId(_frameworks.GetValueOrDefault(framework, framework)), new TaskId(task));

    private MasterInput.PoliciesReplaced Policy(string key, Dictionary<string, string> named)
    {
        var selector = ImmutableSortedDictionary<string, string>.Empty;
        if (named.TryGetValue("pool", out var pool))
        {
            selector = selector.Add("pool", pool);
        }

        _policies.RemoveAll(p => p.Key == key);
        _policies.Add(new FrameworkPolicy(
            key, named["name"], named.GetValueOrDefault("principal"), [.. named.GetValueOrDefault("roles", "").Split(',', StringSplitOptions.RemoveEmptyEntries)], selector)
            {
                AdmitsNobody = named.GetValueOrDefault("admits") == "nobody",
                Passes = named.TryGetValue("passes", out var passed) ? [new BarrierPass(passed, Value: null, Effect: null)] : [],
            });
        return new MasterInput.PoliciesReplaced([.. _policies]);
    }

    /// <summary><c>role eng weight=2 guarantee=cpus:2;mem:100 limit=cpus:4</c>: the whole set of roles set so far is sent; without settings a role leaves it.</summary>
    private MasterInput.RolesReplaced Role(string role, Dictionary<string, string> named)
    {
        _roles.RemoveAll(r => r.Role == role);
        if (named.Count > 0)
        {
            _roles.Add(new RolePolicy(
                role,
                double.Parse(named.GetValueOrDefault("weight", "1"), CultureInfo.InvariantCulture),
                Amounts(named.GetValueOrDefault("guarantee", "")),
                Amounts(named.GetValueOrDefault("limit", ""))));
        }

        return new MasterInput.RolesReplaced([.. _roles]);
    }

    private static ImmutableSortedDictionary<string, double> Amounts(string text) => text
        .Split(';', StringSplitOptions.RemoveEmptyEntries)
        .Select(part => part.Split(':'))
        .ToImmutableSortedDictionary(part => part[0], part => double.Parse(part[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);

    private static Agent Agent(string id, Dictionary<string, string> named) => Facts(id, named) with
    {
        Unavailability = named.TryGetValue("away", out var away) ? Window(away) : null,
        Barriers = named.TryGetValue("barrier", out var barrier) ? [new AgentBarrier(barrier, "", "NoSchedule")] : [],
    };

    /// <param name="text"><c>60/3600</c>: from a minute after the start on, for an hour.</param>
    private static Unavailability Window(string text)
    {
        var parts = text.Split('/').Select(part => long.Parse(part, CultureInfo.InvariantCulture) * 1_000_000_000).ToArray();
        var window = new Unavailability
        {
            Start = new TimeInfo { Nanoseconds = ((Given.T0 - DateTimeOffset.UnixEpoch).Ticks * 100) + parts[0] },
        };
        if (parts.Length > 1)
        {
            window.Duration = new DurationInfo { Nanoseconds = parts[1] };
        }

        return window;
    }

    private static Agent Facts(string id, Dictionary<string, string> named) => Given.Agent(
        id,
        named.GetValueOrDefault("res", "ports:31000-32000;cpus:2;mem:4096;disk:4096"),
        named.GetValueOrDefault("schedulable") != "no",
        named.GetValueOrDefault("rack"),
        named.GetValueOrDefault("pool"));

    private static FrameworkInfo Info(Dictionary<string, string> named)
    {
        var info = Given.Framework(
            named.GetValueOrDefault("name", "web"),
            named.GetValueOrDefault("caps", "").Split(',', StringSplitOptions.RemoveEmptyEntries));
        if (named.TryGetValue("role", out var role))
        {
            info.Role = role;
        }

        info.Roles.AddRange(named.GetValueOrDefault("roles", "").Split(',', StringSplitOptions.RemoveEmptyEntries));
        if (named.TryGetValue("id", out var id))
        {
            info.Id = new FrameworkID { Value = id };
        }

        if (named.TryGetValue("principal", out var principal))
        {
            info.Principal = principal;
        }

        if (named.TryGetValue("timeout", out var timeout))
        {
            info.FailoverTimeout = double.Parse(timeout, CultureInfo.InvariantCulture);
        }

        return info;
    }

    private static MasterInput.Subscribe Subscribe(string stream, Dictionary<string, string> named)
    {
        var call = new Call.Types.Subscribe { FrameworkInfo = Info(named) };
        call.SuppressedRoles.AddRange(named.GetValueOrDefault("suppress", "").Split(',', StringSplitOptions.RemoveEmptyEntries));
        return new MasterInput.Subscribe(Given.Stream(stream), call, Principal: null);
    }

    private static MasterInput.FrameworkRecovered Recovered(string id, Dictionary<string, string> named)
    {
        var info = Info(named);
        info.Id = new FrameworkID { Value = id };
        DateTimeOffset? deadline = named.TryGetValue("until", out var until)
            ? Given.T0 + TimeSpan.FromSeconds(double.Parse(until, CultureInfo.InvariantCulture))
            : null;
        return new MasterInput.FrameworkRecovered(new FrameworkRegistration(
            info, null, Enum.Parse<FrameworkPhase>(named.GetValueOrDefault("phase", "Connected")), Given.T0, Given.T0, deadline));
    }

    private MasterInput.SchedulerCall CallOf(string[] words, string[] plain, Dictionary<string, string> named)
    {
        var stream = plain[1];
        var framework = named.GetValueOrDefault("id", _frameworks.GetValueOrDefault(stream, "?"));
        var call = new Call { FrameworkId = new FrameworkID { Value = framework } };
        switch (words[0])
        {
            case "accept":
                call.Type = CallType.Accept;
                call.Accept = Accept(words, named);
                break;
            case "decline":
                call.Type = CallType.Decline;
                call.Decline = new Call.Types.Decline { Filters = Filters(named) };
                call.Decline.OfferIds.AddRange(plain[2..].Select(OfferId));
                break;
            case "revive":
                call.Type = CallType.Revive;
                call.Revive = new Call.Types.Revive();
                call.Revive.Roles.AddRange(plain[2..]);
                break;
            case "suppress":
                call.Type = CallType.Suppress;
                call.Suppress = new Call.Types.Suppress();
                call.Suppress.Roles.AddRange(plain[2..]);
                break;
            case "kill":
                call.Type = CallType.Kill;
                call.Kill = Kill(plain[2], named);
                break;
            case "shutdown":
                call.Type = CallType.Shutdown;
                call.Shutdown = new Call.Types.Shutdown
                {
                    ExecutorId = new ExecutorID { Value = plain[2] },
                    AgentId = new AgentID { Value = plain[3] },
                };
                break;
            case "ack":
                call.Type = CallType.Acknowledge;
                call.Acknowledge = new Call.Types.Acknowledge
                {
                    TaskId = new TaskID { Value = plain[2] },
                    AgentId = new AgentID { Value = named.GetValueOrDefault("agent", "a1") },
                    Uuid = plain[3] == "latest" ? _latestUuids.GetValueOrDefault((stream, plain[2]), ByteString.Empty) : Given.Uuid(plain[3]),
                };
                break;
            case "reconcile":
                call.Type = CallType.Reconcile;
                call.Reconcile = new Call.Types.Reconcile();
                call.Reconcile.Tasks.AddRange(plain[2..].Select(Reconciled));
                break;
            case "accept-inverse":
                call.Type = CallType.AcceptInverseOffers;
                call.AcceptInverseOffers = new Call.Types.AcceptInverseOffers { Filters = Filters(named) };
                call.AcceptInverseOffers.InverseOfferIds.AddRange(plain[2..].Select(OfferId));
                break;
            case "decline-inverse":
                call.Type = CallType.DeclineInverseOffers;
                call.DeclineInverseOffers = new Call.Types.DeclineInverseOffers { Filters = Filters(named) };
                call.DeclineInverseOffers.InverseOfferIds.AddRange(plain[2..].Select(OfferId));
                break;
            case "message":
                call.Type = CallType.Message;
                call.Message = new Call.Types.Message
                {
                    AgentId = new AgentID { Value = plain[3] },
                    ExecutorId = new ExecutorID { Value = plain[2] },
                    Data = ByteString.CopyFromUtf8("hello"),
                };
                break;
            case "request":
                call.Type = CallType.Request;
                call.Request = new Call.Types.Request();
                break;
            case "ack-operation":
                call.Type = CallType.AcknowledgeOperationStatus;
                call.AcknowledgeOperationStatus = new Call.Types.AcknowledgeOperationStatus
                {
                    AgentId = new AgentID { Value = plain[3] },
                    OperationId = new OperationID { Value = plain[2] },
                    Uuid = Given.Uuid("u"),
                };
                break;
            case "reconcile-operations":
                call.Type = CallType.ReconcileOperations;
                call.ReconcileOperations = new Call.Types.ReconcileOperations();
                call.ReconcileOperations.Operations.AddRange(plain[2..].Select(ReconciledOperation));
                break;
            case "teardown":
                call.Type = CallType.Teardown;
                break;
            case "update-framework":
                call.Type = CallType.UpdateFramework;
                call.UpdateFramework = new Call.Types.UpdateFramework { FrameworkInfo = Info(named) };
                call.UpdateFramework.FrameworkInfo.Id = call.FrameworkId.Clone();
                call.UpdateFramework.SuppressedRoles.AddRange(named.GetValueOrDefault("suppress", "").Split(',', StringSplitOptions.RemoveEmptyEntries));
                break;
            default:
                throw new ArgumentException($"What does '{string.Join(' ', words)}' mean?", nameof(words));
        }

        return new MasterInput.SchedulerCall(
            new RequestId(++_request), call, Given.Stream(named.GetValueOrDefault("as", stream)).ToString(), Principal: null);
    }

    /// <summary>After the offers: <c>launch t1:cpus:1;mem:128 t2</c>, <c>group e1 t1 t2</c>, <c>reserve x</c>; in any number.</summary>
    private static Call.Types.Accept Accept(string[] words, Dictionary<string, string> named)
    {
        var accept = new Call.Types.Accept();
        if (named.ContainsKey("refuse"))
        {
            accept.Filters = Filters(named);
        }

        Operation? operation = null;
        foreach (var word in words[2..].Where(w => !w.Contains('=', StringComparison.Ordinal)))
        {
            if (word is "launch" or "group" or "reserve")
            {
                operation = new Operation();
                accept.Operations.Add(operation);
                operation.Type = word switch { "launch" => Operation.Types.Type.Launch, "group" => Operation.Types.Type.LaunchGroup, _ => Operation.Types.Type.Reserve };
            }
            else if (operation is null)
            {
                accept.OfferIds.Add(OfferId(word));
            }
            else
            {
                Extend(operation, word, named.GetValueOrDefault("agent", "a1"));
            }
        }

        return accept;
    }

    private static void Extend(Operation operation, string word, string agent)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        var task = colon < 0 ? Given.Task(word, agent: agent) : Given.Task(word[..colon], word[(colon + 1)..], agent);
        if (operation.Type == Operation.Types.Type.Launch)
        {
            operation.Launch ??= new Operation.Types.Launch();
            operation.Launch.TaskInfos.Add(task);
        }
        else if (operation.Type == Operation.Types.Type.Reserve)
        {
            operation.Id = new OperationID { Value = word };
            operation.Reserve = new Operation.Types.Reserve();
        }
        else if (operation.LaunchGroup is null)
        {
            var executor = new ExecutorInfo
            {
                ExecutorId = new ExecutorID { Value = word },
                Type = ExecutorInfo.Types.Type.Default,
                FrameworkId = new FrameworkID { Value = "M-0000" },
            };
            executor.Resources.AddRange(Given.Resources("cpus:0.1;mem:32;disk:32"));
            operation.LaunchGroup = new Operation.Types.LaunchGroup { Executor = executor, TaskGroup = new TaskGroupInfo() };
        }
        else
        {
            operation.LaunchGroup.TaskGroup.Tasks.Add(task);
        }
    }

    private static Call.Types.Kill Kill(string task, Dictionary<string, string> named)
    {
        var kill = new Call.Types.Kill { TaskId = new TaskID { Value = task } };
        if (named.TryGetValue("agent", out var agent))
        {
            kill.AgentId = new AgentID { Value = agent };
        }

        if (named.TryGetValue("grace", out var grace))
        {
            var seconds = long.Parse(grace, CultureInfo.InvariantCulture);
            kill.KillPolicy = new KillPolicy { GracePeriod = new DurationInfo { Nanoseconds = seconds * 1_000_000_000 } };
        }

        return kill;
    }

    private static Call.Types.Reconcile.Types.Task Reconciled(string text)
    {
        var at = text.Split('@');
        var task = new Call.Types.Reconcile.Types.Task { TaskId = new TaskID { Value = at[0] } };
        if (at.Length > 1)
        {
            task.AgentId = new AgentID { Value = at[1] };
        }

        return task;
    }

    private static Call.Types.ReconcileOperations.Types.Operation ReconciledOperation(string text)
    {
        var at = text.Split('@');
        return new Call.Types.ReconcileOperations.Types.Operation
        {
            OperationId = new OperationID { Value = at[0] },
            AgentId = at.Length > 1 ? new AgentID { Value = at[1] } : null,
        };
    }

    private static Filters? Filters(Dictionary<string, string> named) =>
        named.TryGetValue("refuse", out var refuse)
            ? new Filters { RefuseSeconds = double.Parse(refuse, CultureInfo.InvariantCulture) }
            : null;

    private static OfferID OfferId(string text) => new() { Value = text.StartsWith('O') ? $"M-{text}" : text };
}
