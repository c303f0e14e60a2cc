using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Fuzz;

/// <summary>A framework that subscribes again whenever its stream ends, and acknowledges what it is told.</summary>
internal sealed class Player
{
    private const int MaxRecord = 64 << 20;

    private const string Subscription =
        """
        {"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"$name","roles":[$roles],"principal":"p",
         "capabilities":[{"type":"MULTI_ROLE"},{"type":"PARTITION_AWARE"},{"type":"RESERVATION_REFINEMENT"}]}}}
        """;

    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri _url;
    private readonly int _number;
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _tasks = new();
    private volatile string _framework = "";
    private volatile string _stream = "";
    private volatile string[] _offers = ["none"];
    private volatile string _agent = "a1";
    private volatile string _uuid = Fuzz.Names.None.Uuid;

    public Player(int number, IPEndPoint endpoint, CancellationToken stop)
    {
        _number = number;
        _url = new Uri($"http://{endpoint}/api/v1/scheduler");
        _ = PlayAsync(stop);
    }

    public Task Subscribed => _subscribed.Task;

    public string Framework => _framework;

    public Names Names(Random random)
    {
        var offers = _offers;
        var task = random.Next(2) == 0 && _tasks.TryPeek(out var known) ? known : $"t{random.Next(1_000_000)}";
        return new Names(_framework, _stream, offers[random.Next(offers.Length)], _agent, task, _uuid);
    }

    /// <summary>Undoes what inputs have declined and suppressed in its name, and waits for the answer.</summary>
    public Task ReviveAsync(CancellationToken stop) =>
        SendAsync(new Call { Type = Call.Types.Type.Revive, FrameworkId = new() { Value = _framework } }, stop);

    private async Task PlayAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await SubscribeAsync(stop);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or RecordIoException)
            {
                // Ended, by the master or by an input in our name: once more.
            }
        }
    }

    private async Task SubscribeAsync(CancellationToken stop)
    {
        var body = Subscription
            .Replace("$roles", _number == 0 ? "\"a\",\"b/c\"" : "\"a\"", StringComparison.Ordinal)
            .Replace("$name", $"player {_number}", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new StringContent(body, new MediaTypeHeaderValue("application/json")) };
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        _stream = response.Headers.GetValues("Mesos-Stream-Id").Single();
        await using var events = await response.Content.ReadAsStreamAsync(stop);
        var decoder = new RecordIoDecoder(MaxRecord);
        var buffer = new byte[64 << 10];
        for (int read; (read = await events.ReadAsync(buffer, stop)) > 0;)
        {
            foreach (var record in decoder.Decode(buffer.AsSpan(0, read)))
            {
                await HearAsync(MesosJson.Parse<Event>(record), stop);
            }
        }
    }

    private async Task HearAsync(Event @event, CancellationToken stop)
    {
        switch (@event.Type)
        {
            case Event.Types.Type.Subscribed:
                _framework = @event.Subscribed.FrameworkId.Value;
                _subscribed.TrySetResult();
                break;
            case Event.Types.Type.Offers:
                _offers = [.. @event.Offers.Offers_.Select(o => o.Id.Value)];
                _agent = @event.Offers.Offers_[0].AgentId.Value;
                break;
            case Event.Types.Type.Update when @event.Update.Status.HasUuid:
                await AcknowledgeAsync(@event.Update.Status, stop);
                break;
        }
    }

    private async Task AcknowledgeAsync(Protocol.V1.TaskStatus status, CancellationToken stop)
    {
        _uuid = status.Uuid.ToBase64();
        _tasks.Enqueue(status.TaskId.Value);
        if (_tasks.Count > 20)
        {
            _tasks.TryDequeue(out _);
        }

        await SendAsync(
            new Call
            {
                Type = Call.Types.Type.Acknowledge,
                FrameworkId = new() { Value = _framework },
                Acknowledge = new Call.Types.Acknowledge { AgentId = status.AgentId, TaskId = status.TaskId, Uuid = status.Uuid },
            },
            stop);
    }

    private async Task SendAsync(Call call, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(MesosJson.ToUtf8(call)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Mesos-Stream-Id", _stream);
        using var response = await _http.SendAsync(request, stop);
    }
}
