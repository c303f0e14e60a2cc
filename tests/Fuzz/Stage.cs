using System.Collections.Immutable;
using System.Net;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Fuzz;

/// <summary>
/// A whole master behind its endpoint, with agents that run what is launched and frameworks that answer what they are told, so that
/// inputs meet something alive.
/// </summary>
internal sealed class Stage : IAsyncDisposable, IFatalErrors
{
    private const int AllowedStrangers = 20;

    private readonly CancellationTokenSource _stop = new();
    private readonly MasterMetrics _metrics = new();
    private readonly Faults _faults = new();
    private readonly TimeProvider _clock;
    private readonly MasterLoop _loop;
    private readonly MesosEndpoint _endpoint;
    private readonly Agents _agents;
    private ImmutableArray<Player> _players = [];
    private Task _running = Task.CompletedTask;
    private string? _fatal;

    private Stage(TimeProvider clock)
    {
        _clock = clock;
        var master = new MesosMaster(
            new MasterOptions { Admission = Admission.Open, AllocationInterval = TimeSpan.FromMilliseconds(20) },
            new MasterInfo { Id = "M", Ip = 16777343, Port = 5050, Pid = "master@127.0.0.1:5050", Hostname = "127.0.0.1", Version = "1.12.0" },
            new Random(1));
        _loop = new MasterLoop(master, this, clock, _metrics);
        _agents = new Agents(_loop);
        _endpoint = new MesosEndpoint(
            _loop, new ListenerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0), MaxWaitingEvents = 10_000 }, clock, _faults);
    }

    public static async Task<Stage> StartAsync(TimeProvider clock)
    {
        var stage = new Stage(clock);
        await stage._endpoint.StartAsync(stage._stop.Token);
        stage._running = stage._loop.RunAsync(stage._endpoint, stage._agents, stage._stop.Token);
        await stage._agents.ComeAsync();
        await stage._loop.PostAndWaitAsync(new MasterInput.RecoveryCompleted(), stage._stop.Token);
        stage._players = [.. Enumerable.Range(0, 3).Select(i => new Player(i, stage._endpoint.Address, stage._stop.Token))];
        await Task.WhenAll(stage._players.Select(player => player.Subscribed));
        return stage;
    }

    public int Launched => _agents.Launched;

    public Names Names(Random random) => _players[random.Next(_players.Length)].Names(random);

    /// <param name="finish">As <see cref="RawHttp.SendAsync"/> has it.</param>
    public Func<byte[], Task<Outcome>> Try(bool finish) => async request =>
    {
        var status = await RawHttp.SendAsync(_endpoint.Address, request, finish, _clock);
        var wrong = _fatal
            ?? _faults.Take()
            ?? (status is null && (finish || IsWhole(request)) ? "no answer in time" : status == 500 ? "500" : null);
        return new Outcome(status switch { null => "silent", 0 => "closed", var s => $"{s / 100}xx" }, wrong);
    };

    /// <summary>Frameworks are offered things again.</summary>
    public Task ReviveAsync() => Task.WhenAll(_players.Select(player => player.ReviveAsync(_stop.Token)));

    /// <summary>Frameworks that inputs have made are ended, and the master is asked whether it is alive.</summary>
    public async Task TidyAsync()
    {
        if (_fatal is not null)
        {
            return;
        }

        var snapshot = await _loop.SnapshotAsync(_stop.Token);
        var own = _players.Select(player => player.Framework).ToHashSet();
        foreach (var stranger in snapshot.Frameworks.Where(f => !own.Contains(f.Id.Value)).Skip(AllowedStrangers))
        {
            await _loop.PostAsync(new MasterInput.TeardownRequested(stranger.Id), _stop.Token);
        }

        await _agents.EndSomeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _endpoint.DisposeAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default);
        _metrics.Dispose();
        _faults.Dispose();
        _stop.Dispose();
    }

    void IFatalErrors.End(string what, Exception fault) => _fatal = $"{what}: {Signature.Of(fault)}";

    /// <summary>Shortened inputs may announce more than they have: to these nothing need be answered.</summary>
    private static bool IsWhole(byte[] request)
    {
        var text = System.Text.Encoding.Latin1.GetString(request);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var length = text.IndexOf("Content-Length: ", StringComparison.Ordinal);
        return end >= 0 && length >= 0 && length < end
            && int.TryParse(text[(length + 16)..text.IndexOf('\r', length)], out var announced)
            && request.Length - end - 4 >= announced;
    }
}
