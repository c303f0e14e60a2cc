using System.Collections.Immutable;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Master.Snapshots;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;
using TaskStatus = MesosK8sBridge.Protocol.V1.TaskStatus;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>Frameworks, agents and tasks that do what they like; the master's books must balance all the same.</summary>
public sealed class RandomLifeTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_resource_is_offered_or_used_twice_and_none_leaks(int seed)
    {
        var life = new Life(seed);
        for (var i = 0; i < 1_000; i++)
        {
            life.Step();
            life.CheckBooks();
        }

        life.EndAll();

        Assert.All(life.Master.Snapshot.Agents, agent =>
        {
            Assert.Empty(agent.Used);
            Assert.Empty(agent.Offered);
        });
        Assert.True(life.Launched > 20, $"only {life.Launched} tasks were launched");
    }

    [Fact]
    public void Two_masters_with_the_same_seed_and_inputs_have_the_same_effects()
    {
        var left = new Life(seed: 7);
        var right = new Life(seed: 7);
        for (var i = 0; i < 1_000; i++)
        {
            left.Step();
            right.Step();
        }

        Assert.Equal(left.Story, right.Story);
    }

    private sealed class Life
    {
        private static readonly string[] Names = ["f0", "f1", "f2", "f3"];

        private readonly Random _random;
        private readonly Dictionary<string, (StreamId Stream, string Id)> _connected = [];
        private readonly Dictionary<string, string> _ids = [];
        private readonly Dictionary<string, List<Offer>> _offers = [];
        private readonly Dictionary<TaskKey, (int State, string Agent, bool KillAsked)> _running = [];
        private readonly Dictionary<TaskKey, TaskStatus> _unacknowledged = [];
        private readonly HashSet<string> _agentsUp = [];
        private readonly Dictionary<FrameworkId, int> _held = [];
        private DateTimeOffset _now = Given.T0;
        private int _made;
        private long _request;

        public Life(int seed)
        {
            _random = new Random(seed);
            var options = new MasterOptions
            {
                Admission = Admission.Open, MaxLosses = 2, MaxLossShare = 0.3, LossInterval = TimeSpan.FromSeconds(30),
            };
            Master = new MesosMaster(options, Given.MasterInfo, new Random(seed));
            Tell(new MasterInput.RecoveryCompleted());
        }

        public MesosMaster Master { get; }

        public List<string> Story { get; } = [];

        public int Launched { get; private set; }

        public void Step()
        {
            switch (_random.Next(15))
            {
                case 0: Pass(TimeSpan.FromMilliseconds(_random.Next(20_000))); break;
                case 1: Subscribe(Pick(Names)); break;
                case 2: Disconnect(Pick(Names)); break;
                case 3: AgentUp($"a{_random.Next(4)}"); break;
                case 4: AgentDown($"a{_random.Next(4)}"); break;
                case 5 or 6: Accept(Pick(Names)); break;
                case 7: Call(Pick(Names), CallType.Revive, _ => { }); break;
                case 8 or 9: Progress(); break;
                case 10: Acknowledge(); break;
                case 11: Vanish(); break;
                case 12: AgentGone($"a{_random.Next(4)}"); break;
                case 13: Confirm(Pick(Names)); break;
                default: Kill(); break;
            }
        }

        public void CheckBooks()
        {
            var snapshot = Master.Snapshot;
            var usedOnAgents = Resources.Empty;
            foreach (var agent in snapshot.Agents)
            {
                var used = Resources.From(agent.Used);
                usedOnAgents += used;
                Assert.True(
                    agent.Condition == AgentCondition.Awaited || Resources.From(agent.Total).Contains(used + Resources.From(agent.Offered)),
                    $"{agent.Id} has {Resources.From(agent.Total)}, uses {used}, offers {Resources.From(agent.Offered)}");
            }

            foreach (var framework in snapshot.Frameworks)
            {
                Assert.True(usedOnAgents.Scalars().Contains(Resources.From(framework.Used).Scalars()));
                Assert.True(framework.ConnectedSince is not null || framework.OffersOutstanding == 0);
                Assert.Equal(framework.LossesHeld, _held.GetValueOrDefault(framework.Id));
            }
        }

        /// <summary>All tasks end, all updates are acknowledged, all offers declined, all frameworks torn down.</summary>
        public void EndAll()
        {
            foreach (var agent in new[] { "a0", "a1", "a2", "a3" })
            {
                AgentUp(agent);
            }

            foreach (var name in Names)
            {
                Subscribe(name);
            }

            foreach (var key in _running.Keys.ToArray())
            {
                Observe(key, 3);
            }

            while (_unacknowledged.Count > 0)
            {
                Acknowledge();
            }

            foreach (var name in Names)
            {
                Call(name, CallType.Teardown, _ => { });
            }
        }

        private void Tell(MasterInput input)
        {
            foreach (var effect in Master.Handle(input, _now))
            {
                Story.Add(EffectText.Of(effect));
                Learn(effect);
            }
        }

        private void Learn(MasterEffect effect)
        {
            switch (effect)
            {
                case MasterEffect.Send { Event.Type: Event.Types.Type.Offers } s:
                    _offers[NameOf(s.Stream)].AddRange(s.Event.Offers.Offers_);
                    break;
                case MasterEffect.Send { Event.Type: Event.Types.Type.Rescind } s:
                    _offers[NameOf(s.Stream)].RemoveAll(o => o.Id.Equals(s.Event.Rescind.OfferId));
                    break;
                case MasterEffect.Send { Event.Type: Event.Types.Type.Subscribed } s:
                    var name = NameOf(s.Stream);
                    _ids[name] = s.Event.Subscribed.FrameworkId.Value;
                    _connected[name] = (s.Stream, _ids[name]);
                    _offers[name] = [];
                    break;
                case MasterEffect.Send { Event.Type: Event.Types.Type.Update } s when s.Event.Update.Status.HasUuid:
                    var status = s.Event.Update.Status;
                    _unacknowledged[new TaskKey(new FrameworkId(_ids[NameOf(s.Stream)]), new TaskId(status.TaskId.Value))] = status;
                    break;
                case MasterEffect.Launch launch:
                    Launched += launch.Tasks.Length;
                    foreach (var task in launch.Tasks)
                    {
                        _running.Add(new TaskKey(launch.FrameworkId, new TaskId(task.TaskId.Value)), (0, launch.Agent.Id.Value, false));
                    }

                    break;
                case MasterEffect.Kill kill when _running.TryGetValue(kill.Task, out var known):
                    _running[kill.Task] = known with { KillAsked = true };
                    break;
                case MasterEffect.Release release:
                    _running.Remove(release.Task);
                    _unacknowledged.Remove(release.Task);
                    break;
                case MasterEffect.LossesHeld held:
                    Assert.NotEqual(held.Tasks, _held.GetValueOrDefault(held.Framework));
                    _held[held.Framework] = held.Tasks;
                    break;
                case MasterEffect.CloseStream closed:
                    _connected.Remove(NameOf(closed.Stream));
                    break;
                default:
                    break;
            }
        }

        private static string NameOf(StreamId stream) => Given.NameOf(stream)[..2];

        private void Pass(TimeSpan time)
        {
            var until = _now + time;
            while (Master.NextDeadline is { } due && due <= until)
            {
                _now = due > _now ? due : _now;
                Tell(new MasterInput.Tick());
            }

            _now = until;
        }

        private void Subscribe(string name)
        {
            var info = Given.Framework(name, _random.Next(2) == 0 ? ["PARTITION_AWARE"] : []);
            info.FailoverTimeout = 30;
            info.Role = $"r{name[1] % 2}";
            if (_ids.TryGetValue(name, out var id) && Master.Snapshot.Frameworks.Any(f => f.Id.Value == id))
            {
                info.Id = new FrameworkID { Value = id };
            }

            Tell(new MasterInput.Subscribe(Given.Stream($"{name}-{_made++}"), new Call.Types.Subscribe { FrameworkInfo = info }, null));
        }

        private void Disconnect(string name)
        {
            if (_connected.Remove(name, out var gone))
            {
                Tell(new MasterInput.StreamClosed(gone.Stream));
            }
        }

        private void AgentUp(string id)
        {
            _agentsUp.Add(id);
            var window = _random.Next(3) == 0 ? new Unavailability { Start = new TimeInfo { Nanoseconds = _random.Next(3) } } : null;
            Tell(new MasterInput.AgentObserved(Given.Agent(id, "ports:31000-31010;cpus:4;mem:1024") with { Unavailability = window }));
        }

        private void AgentDown(string id)
        {
            if (_random.Next(4) > 0 || !_agentsUp.Remove(id))
            {
                return;
            }

            Tell(new MasterInput.AgentUnreachable(new AgentId(id), _now));
        }

        private void AgentGone(string id)
        {
            if (_random.Next(4) == 0)
            {
                _agentsUp.Remove(id);
                Tell(new MasterInput.AgentRemoved(new AgentId(id)));
            }
        }

        private void Vanish()
        {
            if (_running.Count > 0)
            {
                Tell(new MasterInput.TaskVanished(Pick(_running.Keys.ToArray()), "Nobody knows why"));
            }
        }

        private void Confirm(string name)
        {
            if (_random.Next(10) == 0 && _ids.TryGetValue(name, out var id))
            {
                Tell(new MasterInput.LossesConfirmed(new FrameworkId(id)));
            }
        }

        private void Accept(string name)
        {
            if (!_connected.ContainsKey(name) || _offers[name].Count == 0)
            {
                return;
            }

            var offer = Pick(_offers[name]);
            _offers[name].Remove(offer);
            Call(name, CallType.Accept, call =>
            {
                call.Accept = new Call.Types.Accept();
                call.Accept.OfferIds.Add(offer.Id);
                call.Accept.Filters = new Filters { RefuseSeconds = _random.Next(5) };
                var launch = new Operation { Type = Operation.Types.Type.Launch, Launch = new Operation.Types.Launch() };
                for (var i = _random.Next(4); i > 0; i--)
                {
                    launch.Launch.TaskInfos.Add(Given.Task($"t{_made++}", $"cpus:0.{_random.Next(1, 10)};mem:{_random.Next(1, 300)}", offer.AgentId.Value));
                }

                call.Accept.Operations.Add(launch);
            });
        }

        private void Progress()
        {
            if (_running.Count > 0)
            {
                var key = Pick(_running.Keys.ToArray());
                Observe(key, _running[key].KillAsked ? 3 : Math.Min(3, _running[key].State + 1));
            }
        }

        private void Observe(TaskKey key, int state)
        {
            _running[key] = _running[key] with { State = state };
            ImmutableArray<string> all = [$"STARTING:{key.Task}s", $"RUNNING:{key.Task}r", $"FINISHED:{key.Task}f"];
            Tell(new MasterInput.TaskObserved(key, [.. all[..state].Select(Given.Status)]));
        }

        private void Acknowledge()
        {
            if (_unacknowledged.Count == 0)
            {
                return;
            }

            var key = Pick(_unacknowledged.Keys.ToArray());
            var status = _unacknowledged[key];
            _unacknowledged.Remove(key);
            var name = _ids.FirstOrDefault(i => i.Value == key.Framework.Value).Key;
            Call(name ?? "?", CallType.Acknowledge, call => call.Acknowledge = new Call.Types.Acknowledge
            {
                AgentId = status.AgentId,
                TaskId = status.TaskId,
                Uuid = status.Uuid,
            });
        }

        private void Kill()
        {
            if (_running.Count > 0)
            {
                var key = Pick(_running.Keys.ToArray());
                var name = _ids.FirstOrDefault(i => i.Value == key.Framework.Value).Key;
                Call(name ?? "?", CallType.Kill, call => call.Kill = new Call.Types.Kill { TaskId = new TaskID { Value = key.Task.Value } });
            }
        }

        private void Call(string name, CallType type, Action<Call> fill)
        {
            if (_connected.TryGetValue(name, out var here))
            {
                var call = new Call { Type = type, FrameworkId = new FrameworkID { Value = here.Id } };
                fill(call);
                Tell(new MasterInput.SchedulerCall(new RequestId(++_request), call, here.Stream.ToString(), null));
            }
        }

        private T Pick<T>(IReadOnlyList<T> among) => among[_random.Next(among.Count)];
    }
}
