using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Snapshots;
using MesosK8sBridge.Shim.Tests.Master;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using Resources = MesosK8sBridge.Protocol.Resources;

namespace MesosK8sBridge.Shim.Tests.Allocation;

/// <summary>What must hold whatever agents, frameworks and administrators do; three bytes are one thing that somebody does.</summary>
public sealed class AllocationProperties
{
    [Fact]
    public void Nothing_is_offered_twice_or_beyond_a_limit_or_at_the_cost_of_a_guarantee() => Check(script =>
    {
        var cluster = new Cluster();
        foreach (var (what, who, how) in script)
        {
            cluster.Do(what, who, how);
            cluster.CheckBooks();
        }
    });

    [Fact]
    public void Where_nothing_has_changed_another_look_finds_nothing() => Check(script =>
    {
        var cluster = new Cluster();
        foreach (var (what, who, how) in script)
        {
            cluster.Do(what, who, how);
        }

        cluster.Pass(2);
        cluster.LookAgain();
    });

    [Fact]
    public void The_same_happenings_and_seed_lead_to_the_same_offers() => Check(script =>
    {
        var (left, right) = (new Cluster(), new Cluster());
        foreach (var (what, who, how) in script)
        {
            left.Do(what, who, how);
            right.Do(what, who, how);
        }

        Assert.Equal(left.Story, right.Story);
    });

    private static void Check(Action<IEnumerable<(byte What, byte Who, byte How)>> holds) =>
        Prop.ForAll(
                ArbMap.Default.GeneratorFor<byte[]>().Resize(300).ToArbitrary(),
                bytes => holds(bytes.Chunk(3).Where(c => c.Length == 3).Select(c => (c[0], c[1], c[2]))))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithQuietOnSuccess(quietOnSuccess: true));

    private sealed class Cluster
    {
        private static readonly ImmutableArray<ImmutableArray<string>> Subscriptions =
            [["a"], ["eng"], ["eng/x", "a"], ["vip"], ["a", "eng", "vip"]];

        private readonly MesosMaster _master = new(new MasterOptions { Admission = Admission.Open }, Given.MasterInfo, new Random(5));
        private readonly Dictionary<string, (StreamId Stream, string Id)> _here = [];
        private readonly Dictionary<string, Offer> _offers = [];
        private readonly Dictionary<TaskKey, (Resources Resources, string Role, string Agent)> _tasks = [];
        private readonly SortedDictionary<int, int> _agents = [];
        private ImmutableArray<RolePolicy> _roles = [];
        private DateTimeOffset _now = Given.T0;
        private int _made;
        private ImmutableArray<Offer> _new = [];

        public Cluster() => Tell(new MasterInput.RecoveryCompleted());

        public List<string> Story { get; } = [];

        public void Do(byte what, byte who, byte how)
        {
            switch (what % 13)
            {
                case 0 or 1: Pass(1 + (how % 4)); break;
                case 2 or 3: Observe(who % 6, how); break;
                case 4: Lose(who % 6); break;
                case 5 or 6: Subscribe(who % 5); break;
                case 7: Close(who % 5); break;
                case 8: Answer(who, how, refuse: how % 3 == 0 ? 100 : how % 4); break;
                case 9: Answer(who, how, refuse: 0); break;
                case 10: Call(who % 5, CallType.Revive, _ => { }); break;
                case 11: Call(who % 5, how % 2 == 0 ? CallType.Suppress : CallType.Revive, _ => { }); break;
                default: ChangeSomething(who, how); break;
            }
        }

        public void Pass(int seconds)
        {
            var until = _now.AddSeconds(seconds);
            while (_master.NextDeadline is { } due && due <= until)
            {
                _now = due > _now ? due : _now;
                Tell(new MasterInput.Tick());
            }

            _now = until;
        }

        /// <summary>A change of labels that nobody selects by has the master look at each agent anew.</summary>
        public void LookAgain()
        {
            foreach (var (number, how) in _agents.ToArray())
            {
                Observe(number, how, label: "looked-at");
                Assert.True(_new.IsEmpty, string.Join('\n', Story.TakeLast(40)));
            }
        }

        public void CheckBooks()
        {
            var snapshot = _master.Snapshot;
            foreach (var agent in snapshot.Agents.Where(a => a.Offered.Length > 0))
            {
                var left = Resources.From(agent.Total) - Resources.From(agent.Used);
                Assert.True(left.Contains(Resources.From(agent.Offered)), $"{agent.Id} offers {Resources.From(agent.Offered)} and has {left}");
                Assert.Equal(Sum(_offers.Values.Where(o => o.AgentId.Value == agent.Id.Value).Select(o => Resources.From(o.Resources).Unallocate())), Resources.From(agent.Offered));
            }

            Assert.Equal(
                Sum(snapshot.Agents.SelectMany(a => new[] { a.Used, a.Offered }).Select(r => Resources.From(r).Scalars())),
                Sum(snapshot.Frameworks.SelectMany(f => new[] { f.Used, f.Offered }).Select(r => Resources.From(r).Scalars())));
        }

        /// <summary>Right after offers were made: what they have led to.</summary>
        private void CheckQuotas()
        {
            foreach (var role in _roles.Where(r => _new.Any(o => RoleTree.TopOf(o.AllocationInfo.Role) == r.Role)))
            {
                foreach (var (name, limit) in role.Limits)
                {
                    Assert.True(
                        Consumed(role.Role, name) <= (long)(limit * 1000) || _new.All(o => RoleTree.TopOf(o.AllocationInfo.Role) != role.Role || Free(o.Resources, name) == 0),
                        $"{role.Role} has {Consumed(role.Role, name)} thousandths of {name}, and may have {limit}");
                }
            }

            if (_roles.FirstOrDefault(r => r.Role == "vip") is { } vip)
            {
                foreach (var (name, guarantee) in vip.Guarantees)
                {
                    var missing = (long)(guarantee * 1000) - Consumed("vip", name);
                    Assert.True(
                        missing <= FreeOnAgents(name) || _new.All(o => o.AllocationInfo.Role == "vip" || Free(o.Resources, name) == 0),
                        $"vip lacks {missing} thousandths of {name}, and {FreeOnAgents(name)} are free");
                }
            }
        }

        private long Consumed(string topRole, string name) =>
            _offers.Values.Where(o => RoleTree.TopOf(o.AllocationInfo.Role) == topRole).Sum(o => Free(o.Resources, name))
            + _tasks.Values.Where(t => RoleTree.TopOf(t.Role) == topRole && IsReachable(t.Agent)).Sum(t => t.Resources.Unreserved().ScalarOf(name))
            + Registered.Sum(a => Resources.From(a.Total).Where(i => i.Metadata.ReservationRole is { } r && RoleTree.TopOf(r) == topRole).ScalarOf(name));

        private IEnumerable<AgentView> Registered =>
            _master.Snapshot.Agents.Where(a => a.Condition is AgentCondition.Active or AgentCondition.Unschedulable);

        private bool IsReachable(string agent) => Registered.Any(a => a.Id.Value == agent);

        private long FreeOnAgents(string name) => Registered.Where(a => a.Condition == AgentCondition.Active)
            .Sum(a => (Resources.From(a.Total) - Resources.From(a.Used) - Resources.From(a.Offered)).Unreserved().ScalarOf(name));

        private static long Free(IEnumerable<Resource> resources, string name) => Resources.From(resources).Unreserved().ScalarOf(name);

        private static Resources Sum(IEnumerable<Resources> parts) => parts.Aggregate(Resources.Empty, (sum, part) => sum + part);

        private void Tell(MasterInput input)
        {
            Story.Add($"+{(_now - Given.T0).TotalSeconds}s {input.GetType().Name}");
            var made = new List<Offer>();
            foreach (var effect in _master.Handle(input, _now))
            {
                Story.Add(EffectText.Of(effect));
                switch (effect)
                {
                    case MasterEffect.Send { Event.Type: Event.Types.Type.Subscribed } s:
                        var name = Given.NameOf(s.Stream)[..2];
                        Forget(o => _here.ContainsKey(name) && o.FrameworkId.Value == _here[name].Id);
                        _here[name] = (s.Stream, s.Event.Subscribed.FrameworkId.Value);
                        break;
                    case MasterEffect.Send { Event.Type: Event.Types.Type.Offers } s:
                        made.AddRange(s.Event.Offers.Offers_);
                        break;
                    case MasterEffect.Send { Event.Type: Event.Types.Type.Rescind } s:
                        _offers.Remove(s.Event.Rescind.OfferId.Value);
                        break;
                    case MasterEffect.Launch launch:
                        foreach (var task in launch.Tasks)
                        {
                            _tasks.Add(
                                new TaskKey(launch.FrameworkId, new TaskId(task.TaskId.Value)),
                                (Resources.From(task.Resources).Unallocate(), task.Resources[0].AllocationInfo.Role, task.AgentId.Value));
                        }

                        break;
                    case MasterEffect.Release release:
                        _tasks.Remove(release.Task);
                        break;
                    default:
                        break;
                }
            }

            made.ForEach(o => _offers.Add(o.Id.Value, o));
            _new = [.. made];
            CheckQuotas();
        }

        private void Observe(int number, int how, string? label = null)
        {
            _agents[number] = how;
            var reserved = number == 0 ? ";cpus(eng):1;mem(vip):500" : number == 1 ? ";cpus(eng/x):2" : "";
            Tell(new MasterInput.AgentObserved(Given.Agent(
                $"a{number}",
                $"ports:31000-31010;cpus:{1 + (how % 5)};mem:{100 + (how * 10)}{reserved}",
                schedulable: how % 7 != 3,
                rack: how % 2 == 0 ? "r" : null,
                label: label)));
        }

        private void Lose(int number)
        {
            _agents.Remove(number);
            Tell(new MasterInput.AgentUnreachable(new AgentId($"a{number}"), _now));
        }

        private void Subscribe(int number)
        {
            var name = $"f{number}";
            var info = Given.Framework(name, "MULTI_ROLE", "RESERVATION_REFINEMENT");
            info.FailoverTimeout = 1_000_000;
            info.Roles.AddRange(Subscriptions[number]);
            if (_here.TryGetValue(name, out var known))
            {
                info.Id = new FrameworkID { Value = known.Id };
            }

            Tell(new MasterInput.Subscribe(Given.Stream($"{name}-{_made++}"), new Call.Types.Subscribe { FrameworkInfo = info }, null));
        }

        private void Close(int number)
        {
            if (_here.TryGetValue($"f{number}", out var here))
            {
                Forget(o => o.FrameworkId.Value == here.Id);
                Tell(new MasterInput.StreamClosed(here.Stream));
            }
        }

        private void Forget(Func<Offer, bool> which)
        {
            foreach (var offer in _offers.Values.Where(which).ToArray())
            {
                _offers.Remove(offer.Id.Value);
            }
        }

        /// <summary>Takes up to a half of an offer for a task, or nothing.</summary>
        private void Answer(int who, int how, double refuse)
        {
            if (_offers.Count == 0)
            {
                return;
            }

            var offer = _offers.Values.ElementAt(who % _offers.Count);
            var cpus = Free(offer.Resources, "cpus");
            var mem = Free(offer.Resources, "mem");
            _offers.Remove(offer.Id.Value);
            Call(_here.First(h => h.Value.Id == offer.FrameworkId.Value).Key[1] - '0', CallType.Accept, call =>
            {
                call.Accept = new Call.Types.Accept { Filters = new Filters { RefuseSeconds = refuse } };
                call.Accept.OfferIds.Add(offer.Id);
                if (how % 2 == 0 && cpus > 20 && mem > 2)
                {
                    var task = Given.Task($"t{_made++}", $"cpus:{cpus / 2 / 1000.0};mem:{mem / 2 / 1000.0}", offer.AgentId.Value);
                    call.Accept.Operations.Add(new Operation { Type = Operation.Types.Type.Launch, Launch = new Operation.Types.Launch { TaskInfos = { task } } });
                }
            });
        }

        private void ChangeSomething(int who, int how)
        {
            if (how % 2 == 0 && _tasks.Count > 0)
            {
                var key = _tasks.Keys.ElementAt(who % _tasks.Count);
                _tasks.Remove(key);
                Tell(new MasterInput.TaskObserved(key, [Given.Status($"FINISHED:{key.Task}")]));
                return;
            }

            _roles =
            [
                new RolePolicy("vip", 1, Amounts(("cpus", who % 9), ("mem", who * 10)), Amounts(("cpus", who % 9 + how % 9))),
                new RolePolicy("eng", 1 + (how % 3), Amounts(), Amounts(("cpus", how % 8), ("mem", 2_000))),
                new RolePolicy("eng/x", 1 + (who % 3), Amounts(), Amounts()),
            ];
            Tell(new MasterInput.RolesReplaced(_roles));
        }

        private static ImmutableSortedDictionary<string, double> Amounts(params (string Name, double Amount)[] amounts) =>
            amounts.ToImmutableSortedDictionary(a => a.Name, a => a.Amount, StringComparer.Ordinal);

        private void Call(int number, CallType type, Action<Call> fill)
        {
            if (_here.TryGetValue($"f{number}", out var here))
            {
                var call = new Call { Type = type, FrameworkId = new FrameworkID { Value = here.Id } };
                fill(call);
                Tell(new MasterInput.SchedulerCall(new RequestId(_made++), call, here.Stream.ToString(), null));
            }
        }
    }
}
