using System.Diagnostics;
using System.Net;
using MesosK8sBridge.Shim.Master;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MesosK8sBridge.Shim.Http;

/// <summary>
/// The Mesos master's HTTP endpoint: listens for frameworks, posts what they want to the master, and performs the effects
/// meant for them. Usage: make it, <see cref="StartAsync"/>, give it to <see cref="MasterLoop.RunAsync"/>, <see cref="StopAsync"/>.
/// </summary>
/// <remarks>HTTP/1.1 only, as Mesos. Idle connections are never closed, since Mesos' own client takes that for the end of the master.</remarks>
public sealed class MesosEndpoint : IEffectPerformer, IAsyncDisposable
{
    private readonly ListenerOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HttpMetrics _metrics = new();
    private readonly PendingAnswers _answers = new();
    private readonly EventStreams _streams;
    private readonly KestrelServer _server;
    private readonly MasterApplication _application;
    private readonly ILeadership? _leadership;
    private readonly ILogger _logger;
    private readonly ServerCertificate? _certificate;
    private readonly SchedulerEndpoint _scheduler;
    private ListenOptions? _bound;

    /// <param name="leadership">Null: this is the only master, and leads.</param>
    /// <param name="authenticator">Null: frameworks are not asked who they are.</param>
    /// <exception cref="OptionsValidationException">A setting is out of its range.</exception>
    /// <exception cref="IOException">A file of <see cref="ListenerOptions.Tls"/> cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">They are no certificate with its key.</exception>
    public MesosEndpoint(
        IMasterInbox master,
        ListenerOptions options,
        TimeProvider clock,
        ILoggerFactory loggers,
        ILeadership? leadership = null,
        IFrameworkAuthenticator? authenticator = null)
    {
        Check(options);
        _options = options;
        _logger = loggers.CreateLogger<MesosEndpoint>();
        _leadership = leadership;
        _streams = new EventStreams(_metrics, _logger);
        _certificate = options.Tls is { } tls ? new ServerCertificate(tls, clock, _logger) : null;
        _server = Kestrel.Create(options, _certificate, loggers, bound => _bound = bound);
        _scheduler = new SchedulerEndpoint(
            master, new Leadership(this), authenticator ?? new NoAuthentication(), options, _streams, _answers, _metrics,
            clock, _logger, _stopping.Token);
        _application = new MasterApplication(RoutesTo(_scheduler), _logger);
    }

    /// <summary>Where it listens, with the port really bound.</summary>
    /// <exception cref="InvalidOperationException">It has not been started.</exception>
    public IPEndPoint Address => _bound?.IPEndPoint ?? throw new InvalidOperationException("The endpoint has not been started.");

    internal int OpenStreams => _streams.Count;

    internal int PendingAnswers => _answers.Count;

    internal int Calls => _scheduler.Calls;

    /// <exception cref="IOException">The address is in use or not this machine's.</exception>
    public async Task StartAsync(CancellationToken ct)
    {
        await _server.StartAsync(_application, ct);
        _logger.Listening(Address);
    }

    /// <summary>
    /// Takes no more connections and ends all streams, after what has been sent to them. The master is not told of their end:
    /// a framework whose master stops has not failed.
    /// </summary>
    /// <param name="ct">How long to wait for requests under way; then they are broken off.</param>
    public async Task StopAsync(CancellationToken ct)
    {
        await _stopping.CancelAsync();
        _streams.EndAll();
        await _server.StopAsync(ct);
    }

    /// <summary>
    /// Ends all streams, after what has been sent to them, and answers calls under way with 503: their master leads no longer. The
    /// endpoint itself goes on, for the next master of this process, or to say who leads instead.
    /// </summary>
    /// <remarks>From before this call on the inbox takes nothing more, or somebody might come in unnoticed.</remarks>
    public void Interrupt()
    {
        _streams.EndAll();
        _answers.CompleteAll(SchedulerAnswer.Unavailable(Refusals.Stopping.Text));
    }

    public void Perform(MasterEffect effect)
    {
        switch (effect)
        {
            case MasterEffect.Answer answer:
                _answers.Complete(answer.Request, answer.Value);
                break;
            case MasterEffect.Send send:
                _streams.Send(send.Stream, send.Event);
                break;
            case MasterEffect.CloseStream close:
                _streams.End(close.Stream);
                break;
            default:
                throw new UnreachableException($"{effect.GetType().Name} is not for frameworks.");
        }
    }

    /// <summary>Breaks off whatever is under way. For an orderly end <see cref="StopAsync"/> first.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
        _certificate?.Dispose();
        _metrics.Dispose();
        _stopping.Dispose();
    }

    private Routes RoutesTo(SchedulerEndpoint scheduler) => new(new Dictionary<string, Handler>
    {
        ["api/v1/scheduler"] = scheduler.HandleAsync,
        ["health"] = static (http, _) => new HttpAnswer(StatusCodes.Status200OK).WriteAsync(http),
        ["redirect"] = RedirectAsync,
    });

    /// <remarks>Mesos: src/master/http.cpp, <c>Master::Http::redirect</c>; it has no deeper paths.</remarks>
    private Task RedirectAsync(HttpContext http, RequestTarget target)
    {
        var answer = target.Route != "redirect" ? Refusals.UnknownPath
            : CurrentLeader() is { } leader ? Refusals.Elsewhere(leader, "")
            : Refusals.NoLeader;
        return answer.WriteAsync(http);
    }

    private Leader? CurrentLeader() =>
        _leadership is null ? new Leader(Address.Address.ToString(), Address.Port, IsThisMaster: true) : _leadership.Current;

    private static void Check(ListenerOptions options)
    {
        var result = new ListenerOptionsValidator().Validate(nameof(ListenerOptions), options);
        if (result.Failed)
        {
            throw new OptionsValidationException(nameof(ListenerOptions), typeof(ListenerOptions), result.Failures);
        }
    }

    private sealed class Leadership(MesosEndpoint endpoint) : ILeadership
    {
        public Leader? Current => endpoint.CurrentLeader();
    }
}
