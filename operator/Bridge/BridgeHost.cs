using System.Net;
using System.Security.Cryptography;
using System.Threading.Channels;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Kubernetes.Leases;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>
/// A whole bridge in one process: the Mesos master with its endpoint on the one side, nodes, Pods and resources on the other.
/// Of several in front of one cluster one leads at a time, for a <see cref="Term"/>; the others know the cluster as well as it does,
/// and send frameworks on to it. Disposing it hands over to the next in order.
/// </summary>
public sealed class BridgeHost : IAsyncDisposable
{
    private static readonly TimeSpan AliveWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookForSuccessorEvery = TimeSpan.FromMilliseconds(200);

    private readonly BridgeParts _parts;
    private readonly IKubernetes _kubernetes;
    private readonly TermInbox _inbox;
    private readonly Leadership _leadership;
    private readonly LeaderElector? _elector;
    private readonly RunningParts _running;
    private readonly HostPort _address;
    private readonly CancellationTokenSource _handingOver = new();
    private readonly CancellationTokenSource _withdrawing = new();
    private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _leading;
    private volatile Term? _term;
    private ProbeEndpoint? _probes;

    private BridgeHost(BridgeParts parts, IKubernetes kubernetes, TermInbox inbox, Leadership leadership)
    {
        (_parts, _kubernetes, _inbox, _leadership) = (parts, kubernetes, inbox, leadership);
        _running = new RunningParts(parts.Fatal);
        _address = MasterIdentity.AddressOf(parts.Endpoint.Address, parts.Options);
        _elector = parts.Options.Leadership is { } settings ? Candidate(settings) : null;
        parts.Caches.Start(_running);
        _running.Start(parts.Events.RunAsync);
        _running.Start(parts.Credentials.RunAsync);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _leading = ended.Task;
        _running.Start(async _ =>
        {
            try
            {
                await LeadAsync();
            }
            finally
            {
                ended.TrySetResult();
            }
        });
    }

    /// <summary>Where frameworks connect.</summary>
    public IPEndPoint Address => _parts.Endpoint.Address;

    /// <summary>Frameworks are served here, or will be as soon as the master has recovered.</summary>
    public bool IsLeading => _leadership.IsThisProcess;

    /// <summary>Everything about the cluster is known, so that this bridge leads well, or could at once.</summary>
    public bool IsReady => NotReady() is null;

    /// <summary>Where Kubernetes asks for readiness and liveness; null where nobody does.</summary>
    public IPEndPoint? ProbeAddress => _probes?.Address;

    /// <summary>
    /// Completes when this bridge leads for the first time, and everything that earlier ones left is known again; before, frameworks
    /// are told to wait (503).
    /// </summary>
    public Task Recovered => _recovered.Task;

    /// <summary>Returns as soon as the endpoint listens; see <see cref="Recovered"/>.</summary>
    /// <param name="kubernetes">Knows <see cref="CustomResources.Json"/>.</param>
    /// <exception cref="IOException">The address to listen on is in use, or not this machine's.</exception>
    public static async Task<BridgeHost> StartAsync(
        IKubernetes kubernetes,
        BridgeOptions options,
        TimeProvider clock,
        ILoggerFactory loggers,
        IFatalErrors? fatal = null,
        CancellationToken cancellationToken = default)
    {
        if (options.InstallCustomResources)
        {
            await CustomResources.InstallAsync(kubernetes, clock, cancellationToken);
        }

        var (inbox, leadership, log) = (new TermInbox(), new Leadership(), loggers.CreateLogger<BridgeHost>());
        var caches = new ClusterCaches(kubernetes, clock, NewRandom, log);
        var credentials = new CredentialWatch(kubernetes, caches.Frameworks, options.Credentials, clock, NewRandom(), log);
        var endpoint = new MesosEndpoint(inbox, options.Listener, clock, loggers, leadership, credentials);
        BridgeHost? host = null;
        try
        {
            await endpoint.StartAsync(cancellationToken);
            var events = new EventRecorderOptions { Component = "mesos-bridge", Instance = options.Instance };
            var parts = new BridgeParts(
                options,
                endpoint,
                caches,
                credentials,
                new EventRecorder(kubernetes, events, clock, log),
                fatal ?? new ProcessEnd(loggers.CreateLogger<ProcessEnd>()),
                clock,
                NewRandom,
                log);
            host = new BridgeHost(parts, kubernetes, inbox, leadership);
            await host.StartProbesAsync(loggers, cancellationToken);
            return host;
        }
        catch
        {
            await (host?.DisposeAsync() ?? endpoint.DisposeAsync());
            throw;
        }
    }

    /// <summary>
    /// Ends streams first, so that nothing new comes; finishes what is under way, within <see cref="BridgeOptions.StopTimeout"/>; gives the
    /// lease back; and tells frameworks for a moment where to go.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_handingOver.IsCancellationRequested)
        {
            return;
        }

        var led = IsLeading;
        await _handingOver.CancelAsync();
        if (_term is null)
        {
            await _withdrawing.CancelAsync();
        }

        await _leading;
        if (led && _elector is not null)
        {
            await SayFarewellAsync(_elector);
        }

        using var patience = new CancellationTokenSource(_parts.Options.StopTimeout, _parts.Clock);
        await _parts.Endpoint.StopAsync(patience.Token);
        await _running.DisposeAsync();
        _recovered.TrySetCanceled();
        await _parts.Endpoint.DisposeAsync();
        _parts.Credentials.Dispose();
        await (_probes?.DisposeAsync() ?? ValueTask.CompletedTask);
        _handingOver.Dispose();
        _withdrawing.Dispose();
    }

    // ---- probes ----

    private async Task StartProbesAsync(ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (_parts.Options.ProbeListen is { } listen)
        {
            _probes = await ProbeEndpoint.StartAsync(listen, NotReady, NotAliveAsync, loggers, cancellationToken);
        }
    }

    private string? NotReady() =>
        _handingOver.IsCancellationRequested ? "stopping"
        : _parts.Caches.Missing.ToArray() is { Length: > 0 } missing ? $"not listed yet: {string.Join(", ", missing)}"
        : !_parts.Credentials.HasSynced ? "not read yet: secrets of mesosframeworks"
        : null;

    /// <summary>A master that does not answer is stuck: it is better begun anew. One that stops has its own deadline.</summary>
    private async Task<string?> NotAliveAsync(CancellationToken cancellationToken)
    {
        if (_term is not { } term || _handingOver.IsCancellationRequested)
        {
            return null;
        }

        using var deadline = new CancellationTokenSource(AliveWithin, _parts.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await term.RespondAsync(either.Token);
            return null;
        }
        catch (Exception silent) when (silent is OperationCanceledException or ChannelClosedException)
        {
            return ReferenceEquals(_term, term) && deadline.IsCancellationRequested ? $"the master has not answered for {AliveWithin.TotalSeconds} s" : null;
        }
    }

    // ---- leading ----

    private LeaderElector Candidate(LeadershipSettings settings)
    {
        var options = settings.Of($"{_parts.Options.Instance}_{MesosUuid.OfRandom(RandomNumberGenerator.GetBytes(16)):D}");
        options = options with { Annotations = options.Annotations.Add(Leadership.MasterAnnotation, _address.ToString()) };
        var elector = new LeaderElector(_kubernetes, options, _parts.Clock, NewRandom(), _parts.Log);
        _leadership.Campaign(elector, options.Identity);
        return elector;
    }

    private async Task LeadAsync()
    {
        if (_elector is null)
        {
            await ServeAsync(lease: null);
            return;
        }

        try
        {
            await _elector.RunAsync(ServeAsync, _withdrawing.Token);
        }
        catch (OperationCanceledException) when (_withdrawing.IsCancellationRequested)
        {
            // Asked to stop before it led, or led again.
        }
    }

    /// <summary>One term, until the lease is lost or the process is to stop.</summary>
    private async Task ServeAsync(HeldLease? lease)
    {
        if (_handingOver.IsCancellationRequested)
        {
            return;
        }

        await using var term = new Term(_parts, lease is null ? _kubernetes : new FencedKubernetes(_kubernetes, lease), isOnly: lease is null);
        _parts.Log.TermBegins(term.Identity.Id);
        Open(term);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_handingOver.Token, lease?.Lost ?? CancellationToken.None);
        await Cancelled(over.Token);
        await CloseAsync(term, lease);
        var isLost = lease is { Lost.IsCancellationRequested: true }; // Withdrawing gives it up, too.
        if (_handingOver.IsCancellationRequested)
        {
            await _withdrawing.CancelAsync(); // Should the lease be lost by now, it is not campaigned for again.
        }

        _parts.Log.TermEnds(term.Identity.Id, isLost ? "the lease is lost" : "the process stops");
    }

    private void Open(Term term)
    {
        term.Start();
        _inbox.Open(term.Inbox);
        _leadership.Begin(_address);
        _term = term;
        _ = term.Recovered.ContinueWith(_ => _recovered.TrySetResult(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    /// <summary>
    /// First nobody gets in any more, then all who are in are sent away: whoever came in between finds the door closed. What was begun
    /// is then finished, if there is time.
    /// </summary>
    private async Task CloseAsync(Term term, HeldLease? lease)
    {
        _leadership.End();
        _inbox.Close();
        _parts.Endpoint.Interrupt();
        if (lease is null)
        {
            await term.HandOverAsync(_parts.Options.StopTimeout, CancellationToken.None);
        }
        else if (!lease.Lost.IsCancellationRequested
            && !await term.HandOverAsync(_parts.Options.StopTimeout, lease.Lost)
            && !lease.Lost.IsCancellationRequested)
        {
            lease.LetRunOut(); // What is under way may still arrive: it must do so before another looks.
            _parts.Log.NotDrained(_parts.Options.StopTimeout);
        }

        _term = null;
    }

    private async Task SayFarewellAsync(LeaderElector elector)
    {
        using var over = new CancellationTokenSource(_parts.Options.Leadership!.Farewell, _parts.Clock);
        try
        {
            while (true)
            {
                await elector.LookAsync(over.Token);
                await Task.Delay(LookForSuccessorEvery, _parts.Clock, over.Token);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // That was the moment.
        }
    }

    private static async Task Cancelled(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = token.UnsafeRegister(static it => ((TaskCompletionSource)it!).TrySetResult(), cancelled);
        await cancelled.Task;
    }

    private static Random NewRandom() => new(RandomNumberGenerator.GetInt32(int.MaxValue));
}
