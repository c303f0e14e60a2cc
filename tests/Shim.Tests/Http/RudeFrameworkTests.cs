using System.Text.RegularExpressions;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>What one framework does to excess is its own trouble, and no other's. Shown by order and number, not by time.</summary>
public sealed partial class RudeFrameworkTests : EndpointTest
{
    private const int Width = 8;

    [Fact]
    public async Task Of_the_calls_of_one_framework_only_so_many_are_before_the_master_and_all_are_answered_in_the_end()
    {
        const int Many = 300;
        Options.MaxCalls = Width;
        var waiting = HoldAnswers();
        var (_, rude) = await SubscribeAsync();
        var (_, polite) = await SubscribeAsync();
        var wires = new List<Wire>();
        for (var i = 0; i < Many; i++)
        {
            wires.Add(await ConnectAsync());
            await wires[^1].PostJsonAsync(Revive("rude"), $"Mesos-Stream-Id: {rude}\r\n");
        }

        await UntilAsync(() => Endpoint.Calls == Many && waiting.Count >= Width);
        var other = await ConnectAsync();
        await other.PostJsonAsync(Revive("polite"), $"Mesos-Stream-Id: {polite}\r\n");
        await UntilAsync(() => waiting.Count == Width + 1);

        Assert.Equal("polite", waiting[^1].Call.FrameworkId.Value);
        Assert.All(waiting[..Width], call => Assert.Equal("rude", call.Call.FrameworkId.Value));
        Answer(waiting[Width]);
        Assert.StartsWith("HTTP/1.1 202 ", await other.ReadAnswerAsync(), StringComparison.Ordinal);

        Master.Script = AcceptAll;
        waiting[..Width].ForEach(Answer);
        foreach (var wire in wires)
        {
            Assert.StartsWith("HTTP/1.1 202 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        }

        await UntilAsync(() => Endpoint.Calls == 0);
    }

    [Fact]
    public async Task A_call_that_has_waited_too_long_is_asked_to_come_again()
    {
        (Options.MaxCalls, Options.AnswerTimeout) = (1, TimeSpan.FromSeconds(1));
        HoldAnswers();
        var (_, stream) = await SubscribeAsync();
        var (first, second) = (await ConnectAsync(), await ConnectAsync());

        await first.SendAsync(
            $"POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nMesos-Stream-Id: {stream}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{{");
        await UntilAsync(() => Endpoint.Calls == 1);
        await second.PostJsonAsync(Revive("f"), $"Mesos-Stream-Id: {stream}\r\n");

        Assert.Equal(
            "HTTP/1.1 503 Service Unavailable\nContent-Length: 44\nContent-Type: text/plain; charset=utf-8\nDate: (now)\n\n"
            + "Too many calls of this framework are waiting",
            await second.ReadAnswerAsync());
    }

    [Fact]
    public async Task Calls_on_a_stream_that_is_not_there_are_bounded_by_where_they_come_from()
    {
        Options.MaxCalls = Width;
        var waiting = HoldAnswers();
        for (var i = 0; i < 3 * Width; i++)
        {
            await (await ConnectAsync()).PostJsonAsync(Revive("f"), $"Mesos-Stream-Id: made-up-{i}\r\n");
        }

        await UntilAsync(() => Endpoint.Calls == 3 * Width && waiting.Count >= Width);

        Assert.Equal(Width, waiting.Count);
    }

    [Fact]
    public async Task A_subscription_that_does_not_come_to_its_end_keeps_no_other_from_the_same_address_away()
    {
        Options.MaxCalls = 1;
        var slow = await ConnectAsync();
        await slow.SendAsync("POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{");
        await UntilAsync(() => Endpoint.Calls == 1);

        var (_, id) = await SubscribeAsync();

        Assert.NotEmpty(id);
    }

    [Fact]
    public async Task A_client_that_hangs_up_gives_its_place_to_the_next()
    {
        Options.MaxCalls = 1;
        var waiting = HoldAnswers();
        var (_, stream) = await SubscribeAsync();
        var (first, second, third) = (await ConnectAsync(), await ConnectAsync(), await ConnectAsync());
        await first.PostJsonAsync(Revive("first"), $"Mesos-Stream-Id: {stream}\r\n");
        await UntilAsync(() => waiting.Count == 1);
        await second.PostJsonAsync(Revive("second"), $"Mesos-Stream-Id: {stream}\r\n");
        await UntilAsync(() => Endpoint.Calls == 2);
        await third.PostJsonAsync(Revive("third"), $"Mesos-Stream-Id: {stream}\r\n");
        await UntilAsync(() => Endpoint.Calls == 3);

        second.HangUp();
        await UntilAsync(() => Endpoint.Calls == 2);
        first.HangUp();
        await UntilAsync(() => waiting.Count == 2);

        Assert.Equal("third", waiting[1].Call.FrameworkId.Value);
    }

    [Fact]
    public async Task Ten_thousand_calls_in_one_go_whose_answers_nobody_reads_delay_no_other()
    {
        const int Many = 10_000;
        var (_, rude) = await SubscribeAsync();
        var (_, polite) = await SubscribeAsync();
        var body = Revive("rude");
        var flood = $"POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nMesos-Stream-Id: {rude}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        var deaf = await ConnectAsync(receiveBuffer: 4096);
        var sending = deaf.SendAsync(string.Concat(Enumerable.Repeat(flood, Many)));
        var answered = 0;
        Master.Script = input =>
        {
            if (input is MasterInput.SchedulerCall { Call.FrameworkId.Value: "rude" })
            {
                Interlocked.Increment(ref answered);
                Assert.InRange(Endpoint.PendingAnswers, 0, 2);
            }

            return AcceptAll(input);
        };
        await UntilAsync(() => answered > 100);

        var other = await ConnectAsync();
        for (var i = 0; i < 100; i++)
        {
            await other.PostJsonAsync(Revive("polite"), $"Mesos-Stream-Id: {polite}\r\n");
            Assert.StartsWith("HTTP/1.1 202 ", await other.ReadAnswerAsync(), StringComparison.Ordinal);
        }

        deaf.HangUp();
        await Task.WhenAny(sending).Soon(); // Sent to its end or broken off: either is well.
    }

    [Fact]
    public async Task A_body_that_does_not_come_and_a_head_without_end_keep_nobody_waiting()
    {
        Options.MaxCalls = 1;
        var (_, rude) = await SubscribeAsync();
        var (_, polite) = await SubscribeAsync();
        var slow = await ConnectAsync();
        await slow.SendAsync(
            $"POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nMesos-Stream-Id: {rude}\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{{");
        var endless = await ConnectAsync();
        await endless.SendAsync("POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nX: " + new string('x', 30_000));
        await UntilAsync(() => Endpoint.Calls == 1);

        var other = await ConnectAsync();
        await other.PostJsonAsync(Revive("polite"), $"Mesos-Stream-Id: {polite}\r\n");

        Assert.StartsWith("HTTP/1.1 202 ", await other.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_nobody_reads_is_cut_and_the_events_of_another_come_in_order()
    {
        Options.MaxWaitingEvents = 16;
        var (_, deafId) = await SubscribeAsync(receiveBuffer: 4096);
        var (stream, politeId) = await SubscribeAsync();
        var big = new Event { Type = Event.Types.Type.Error, Error = new Event.Types.Error { Message = new string('x', 100_000) } };
        var (deaf, polite) = (new StreamId(Guid.Parse(deafId)), new StreamId(Guid.Parse(politeId)));

        for (var i = 0; i < 200; i++)
        {
            Endpoint.Perform(new MasterEffect.Send(deaf, big));
            Endpoint.Perform(new MasterEffect.Send(polite, new Event { Type = Event.Types.Type.Message, Message = new Event.Types.Message { AgentId = new() { Value = $"{i:D3}" }, ExecutorId = new() { Value = "e" } } }));
            Assert.Contains($"\"agent_id\":{{\"value\":\"{i:D3}\"}}", await stream.ReadChunkAsync(), StringComparison.Ordinal);
        }

        Assert.Single(Log.Lines, line => line.Id == 1103);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_those_there_are_stay()
    {
        Options.MaxConnections = 2;
        var (first, second) = (await ConnectAsync(), await ConnectAsync());
        await first.PostJsonAsync(Revive("f"));
        Assert.StartsWith("HTTP/1.1 202 ", await first.ReadAnswerAsync(), StringComparison.Ordinal);
        await second.PostJsonAsync(Revive("f"));
        Assert.StartsWith("HTTP/1.1 202 ", await second.ReadAnswerAsync(), StringComparison.Ordinal);

        Assert.False(await (await ConnectAsync()).IsOpenAsync());

        await first.PostJsonAsync(Revive("f"));
        Assert.StartsWith("HTTP/1.1 202 ", await first.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    private static IEnumerable<MasterEffect> AcceptAll(MasterInput input) =>
        input is MasterInput.SchedulerCall call ? [new MasterEffect.Answer(call.Request, SchedulerAnswer.Accepted)] : [];

    private static string Revive(string framework) => $$$"""{"type":"REVIVE","framework_id":{"value":"{{{framework}}}"}}""";

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <returns>The calls that the master has got and not answered, in order.</returns>
    private List<MasterInput.SchedulerCall> HoldAnswers()
    {
        var waiting = new List<MasterInput.SchedulerCall>();
        Master.Script = input =>
        {
            if (input is MasterInput.SchedulerCall call)
            {
                lock (waiting)
                {
                    waiting.Add(call);
                }
            }

            return [];
        };
        return waiting;
    }

    private void Answer(MasterInput.SchedulerCall call) => Endpoint.Perform(new MasterEffect.Answer(call.Request, SchedulerAnswer.Accepted));

    private async Task<(Wire Stream, string Id)> SubscribeAsync(int? receiveBuffer = null)
    {
        var wire = await ConnectAsync(receiveBuffer);
        await wire.PostJsonAsync("""{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x"}}}""");
        return (wire, StreamIdLine().Match(await wire.ReadHeadAsync()).Groups["id"].Value);
    }

    [GeneratedRegex("\nMesos-Stream-Id: (?<id>[0-9a-f-]{36})\n", RegexOptions.ExplicitCapture)]
    private static partial Regex StreamIdLine();
}
