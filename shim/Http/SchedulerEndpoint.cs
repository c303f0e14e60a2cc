using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Validation;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using CallType = MesosK8sBridge.Protocol.V1.Scheduler.Call.Types.Type;

namespace MesosK8sBridge.Shim.Http;

/// <summary><c>POST /api/v1/scheduler</c>: checks a request in Mesos' order, and turns it into an input of the master.</summary>
/// <remarks>
/// What can be told without the master's state is decided here, down to the checks of SUBSCRIBE; all else is the master's
/// answer. Mesos: src/master/http.cpp, <c>Master::Http::scheduler</c>.
/// </remarks>
internal sealed class SchedulerEndpoint(
    IMasterInbox master,
    ILeadership leadership,
    IFrameworkAuthenticator authenticator,
    ListenerOptions options,
    EventStreams streams,
    PendingAnswers answers,
    HttpMetrics metrics,
    TimeProvider clock,
    ILogger logger,
    CancellationToken stopping)
{
    private const string StreamIdHeader = "Mesos-Stream-Id";

    private readonly CallLanes _lanes = new(options.MaxCalls);

    /// <summary>Calls that wait for their turn or are under way.</summary>
    public int Calls => _lanes.Count;

    public async Task HandleAsync(HttpContext http, RequestTarget target)
    {
        var elsewhere = CheckMaster(target); // First, though told second: who leads has all credentials, who does not may still be reading them.
        var authentication = await authenticator.AuthenticateAsync(Header(http, "Authorization"), http.RequestAborted);
        var principal = (authentication as Authentication.Accepted)?.Principal;
        var refusal = CheckAuthentication(authentication) ?? elsewhere ?? CheckRequest(http.Request);
        var (call, answer) = refusal is null ? await ReadAndAskAsync(http, principal) : (null, refusal);
        if (answer is null)
        {
            metrics.Answered(call, StatusCodes.Status200OK);
            await SubscribeAsync(http, call!.Subscribe, principal);
            return;
        }

        metrics.Answered(call, answer.Status);
        await answer.WriteAsync(http);
    }

    /// <returns>No answer for a SUBSCRIBE that is to be served.</returns>
    private async Task<(Call? Call, HttpAnswer? Answer)> ReadAndAskAsync(HttpContext http, string? principal)
    {
        using var place = await EnterLaneAsync(http);
        if (place is null)
        {
            return (null, Refusals.TooManyCalls);
        }

        var (call, refusal) = await ReadCallAsync(http, principal);
        refusal ??= CheckClaim(call!, principal);
        return (call, refusal ?? (call!.Type == CallType.Subscribe ? null : await AskAsync(http, call, principal)));
    }

    /// <returns>Null if the wait was too long.</returns>
    private async Task<IDisposable?> EnterLaneAsync(HttpContext http)
    {
        var key = LaneOf(http);
        using var patience = new CancellationTokenSource(options.AnswerTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, http.RequestAborted);
        try
        {
            return await _lanes.EnterAsync(key, either.Token);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            logger.TooManyCalls(key, Remote(http), options.AnswerTimeout);
            return null;
        }
    }

    /// <summary>
    /// The stream's, if it is there. Anybody can name one that is not: such calls belong to where they come from. A SUBSCRIBE has
    /// a lane to itself, so that no other behind the same address can keep a framework away.
    /// </summary>
    private string LaneOf(HttpContext http) => Header(http, StreamIdHeader) switch
    {
        null => Remote(http).ToString(),
        var stream when streams.IsLive(stream) => stream,
        _ => Remote(http).Address.ToString(),
    };

    private static HttpAnswer? CheckAuthentication(Authentication authentication) => authentication switch
    {
        Authentication.Refused refused => Refusals.Unauthorized(refused.Challenge),
        Authentication.Accepted { Principal: null } => Refusals.ClaimsOnly,
        _ => null,
    };

    private HttpAnswer? CheckMaster(RequestTarget target) =>
        leadership.Current is not { } leader ? Refusals.NoLeader
        : !leader.IsThisMaster ? Refusals.Elsewhere(leader, target.Path + target.Query)
        : !master.IsRecovered ? Refusals.NotRecovered
        : null;

    private static HttpAnswer? CheckRequest(HttpRequest request) =>
        request.Method != HttpMethods.Post ? Refusals.OnlyPost(request.Method)
        : request.ContentType is not { } contentType ? Refusals.NoContentType
        : MediaTypes.OfContent(contentType) is null ? Refusals.UnknownContentType
        : null;

    private async ValueTask<(Call? Call, HttpAnswer? Refusal)> ReadCallAsync(HttpContext http, string? principal)
    {
        var mediaType = MediaTypes.OfContent(http.Request.ContentType!)!.Value;
        var (call, refusal) = await CallReader.ReadAsync(http.Request, mediaType, options.MaxBodyBytes, http.RequestAborted);
        return (call, refusal ?? CheckCall(call!, principal, http));
    }

    private static HttpAnswer? CheckCall(Call call, string? principal, HttpContext http) =>
        CallShape.Check(call, principal) is { } error ? Refusals.BadShape(error)
        : call.Type is CallType.Subscribe or CallType.ReconcileOperations && AnswerType(http) is null ? Refusals.NothingAcceptable
        : call.Type is CallType.Subscribe && Header(http, StreamIdHeader) is not null ? Refusals.StreamIdOnSubscribe
        : null;

    /// <summary>Where Mesos lets frameworks in unasked it believes whatever they call themselves; here some names are taken.</summary>
    private HttpAnswer? CheckClaim(Call call, string? principal) =>
        principal is null && call is { Type: CallType.Subscribe, Subscribe.FrameworkInfo: { HasPrincipal: true } info }
        && authenticator.IsReserved(info.Principal)
            ? Refusals.Unauthorized(Challenges.Scheduler)
            : null;

    private async Task<HttpAnswer> AskAsync(HttpContext http, Call call, string? principal)
    {
        var (request, answer) = answers.Expect();
        try
        {
            var input = new MasterInput.SchedulerCall(request, call, Header(http, StreamIdHeader), principal);
            await master.PostAsync(input, http.RequestAborted);
            return HttpAnswer.Of(await answer.WaitAsync(options.AnswerTimeout, clock, http.RequestAborted));
        }
        catch (TimeoutException)
        {
            logger.NoAnswer(call.Type.ToString(), options.AnswerTimeout);
            return Refusals.NoAnswerInTime;
        }
        catch (ChannelClosedException)
        {
            return Refusals.Stopping;
        }
        finally
        {
            answers.Forget(request);
        }
    }

    private async Task SubscribeAsync(HttpContext http, Call.Types.Subscribe call, string? principal)
    {
        using var stream = new EventStream(StreamIds.Next(), AnswerType(http)!.Value, options, clock);
        using var cut = stream.Cut.Register(() => BreakOff(http));
        streams.Add(stream);
        if (stopping.IsCancellationRequested)
        {
            stream.End(); // It came too late to be ended with all others.
        }

        var posted = false;
        try
        {
            await StartAsync(http, stream);
            logger.StreamOpened(stream.Id, call.FrameworkInfo.Name, Remote(http), stream.MediaType.Name());
            await master.PostAsync(new MasterInput.Subscribe(stream.Id, call, principal), http.RequestAborted);
            posted = true;
            await stream.WriteToAsync(http.Response, metrics, http.RequestAborted);
        }
        catch (ChannelClosedException)
        {
            // The master has stopped: so does the stream.
        }
        finally
        {
            streams.Remove(stream);
            if (posted)
            {
                logger.StreamEnded(stream.Id);
                await TellClosedAsync(stream.Id);
            }
        }
    }

    /// <summary>What the framework has not read is worth nothing any more: the kernel, which may hold megabytes, lets go of it, too.</summary>
    private static void BreakOff(HttpContext http)
    {
        if (http.Features.Get<IConnectionSocketFeature>() is { } connection)
        {
            try
            {
                connection.Socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // The connection has just ended by itself.
            }
        }

        http.Abort();
    }

    /// <summary>Sends the headers at once: the framework waits for its stream id.</summary>
    private static async Task StartAsync(HttpContext http, EventStream stream)
    {
        // How slowly a framework may read is bounded by what waits for it, not by its pace.
        http.Features.GetRequiredFeature<IHttpMinResponseDataRateFeature>().MinDataRate = null;
        http.Response.Headers[StreamIdHeader] = stream.Id.ToString();
        http.Response.ContentType = stream.MediaType.Name();
        await http.Response.StartAsync(http.RequestAborted);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted); // Starting alone keeps them back.
    }

    /// <summary>
    /// Not while this process stops: that its streams end then says nothing about the frameworks, who will find the next master.
    /// </summary>
    private async Task TellClosedAsync(StreamId stream)
    {
        if (stopping.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await master.PostAsync(new MasterInput.StreamClosed(stream), stopping);
        }
        catch (Exception e) when (e is ChannelClosedException or OperationCanceledException)
        {
            // The master has stopped or is about to.
        }
    }

    private static MediaType? AnswerType(HttpContext http) => MediaTypes.Acceptable(Header(http, "Accept"));

    private static string? Header(HttpContext http, string name) =>
        http.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    private static IPEndPoint Remote(HttpContext http) =>
        new IPEndPoint(http.Connection.RemoteIpAddress ?? IPAddress.None, http.Connection.RemotePort);
}
