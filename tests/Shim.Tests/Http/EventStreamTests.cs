using System.Globalization;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;
using EventType = MesosK8sBridge.Protocol.V1.Scheduler.Event.Types.Type;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>A subscription from its first byte to its last.</summary>
public sealed class EventStreamTests : EndpointTest
{
    private const string Subscribe = """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x"}}}""";

    private static readonly Event Heartbeat = new() { Type = EventType.Heartbeat };

    [Fact]
    public async Task The_headers_come_at_once_with_the_id_the_master_was_told()
    {
        var wire = await ConnectAsync();

        await wire.PostJsonAsync(Subscribe);

        var head = await wire.ReadHeadAsync();
        var subscribe = await Master.NextAsync<MasterInput.Subscribe>();
        Assert.Equal(
            $"""
            HTTP/1.1 200 OK
            Content-Type: application/json
            Date: (now)
            Transfer-Encoding: chunked
            Mesos-Stream-Id: {subscribe.Stream}


            """,
            head);
        Assert.Equal("x", subscribe.Call.FrameworkInfo.Name);
    }

    [Fact]
    public async Task Each_event_is_a_record_of_its_own_in_a_chunk_of_its_own()
    {
        var (wire, stream) = await SubscribeAsync();

        Endpoint.Perform(new MasterEffect.Send(stream, Heartbeat));
        Endpoint.Perform(new MasterEffect.Send(stream, Error("Framework failed over")));
        Endpoint.Perform(new MasterEffect.CloseStream(stream));

        Assert.Equal("20\n" + """{"type":"HEARTBEAT"}""", await wire.ReadChunkAsync());
        Assert.Equal("60\n" + """{"type":"ERROR","error":{"message":"Framework failed over"}}""", await wire.ReadChunkAsync());
        Assert.Equal("", await wire.ReadChunkAsync());
        Assert.Equal(stream, (await Master.NextAsync<MasterInput.StreamClosed>()).Stream);
    }

    [Theory]
    [InlineData("", "application/json")]
    [InlineData("Accept: */*\r\n", "application/json")]
    [InlineData("Accept: application/x-protobuf\r\n", "application/x-protobuf")]
    [InlineData("Accept: application/x-protobuf, application/json\r\n", "application/json")]
    [InlineData("Accept: application/json;q=0, */*\r\n", "application/x-protobuf")]
    public async Task A_stream_is_json_wherever_json_is_acceptable(string accept, string contentType)
    {
        var wire = await ConnectAsync();

        await wire.PostJsonAsync(Subscribe, accept);

        Assert.Contains($"\nContent-Type: {contentType}\n", await wire.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_protobuf_framework_is_answered_in_protobuf()
    {
        var call = new Call
        {
            Type = Call.Types.Type.Subscribe,
            Subscribe = new Call.Types.Subscribe { FrameworkInfo = new() { User = "root", Name = "x" } },
        };
        var wire = await ConnectAsync();

        await wire.PostAsync("application/x-protobuf", call.ToByteArray(), "Accept: application/x-protobuf\r\n");
        await wire.ReadHeadAsync();
        var stream = (await Master.NextAsync<MasterInput.Subscribe>()).Stream;
        Endpoint.Perform(new MasterEffect.Send(stream, Heartbeat));

        Assert.Equal("2\n\x08\x08", await wire.ReadChunkAsync());
    }

    [Fact]
    public async Task A_large_event_is_one_chunk_too()
    {
        var (wire, stream) = await SubscribeAsync();
        var message = new string('m', 1 << 20);

        Endpoint.Perform(new MasterEffect.Send(stream, Error(message)));

        Assert.Equal((message.Length + 39) + "\n" + """{"type":"ERROR","error":{"message":""" + $"\"{message}\"}}}}", await wire.ReadChunkAsync());
    }

    [Fact]
    public async Task Events_for_a_stream_that_is_gone_vanish()
    {
        var (wire, stream) = await SubscribeAsync();
        Endpoint.Perform(new MasterEffect.CloseStream(stream));
        Assert.Equal("", await wire.ReadChunkAsync());
        await Master.NextAsync<MasterInput.StreamClosed>();

        Endpoint.Perform(new MasterEffect.Send(stream, Heartbeat));
        Endpoint.Perform(new MasterEffect.CloseStream(stream));

        Assert.Equal(0, Endpoint.OpenStreams);
    }

    [Fact]
    public async Task A_connection_serves_calls_after_its_stream_has_ended()
    {
        var (wire, stream) = await SubscribeAsync();
        await wire.PostJsonAsync("""{"type":"REVIVE","framework_id":{"value":"f"}}""");
        Endpoint.Perform(new MasterEffect.Send(stream, Heartbeat));
        Endpoint.Perform(new MasterEffect.CloseStream(stream));

        Assert.StartsWith("20\n", await wire.ReadChunkAsync(), StringComparison.Ordinal);
        Assert.Equal("", await wire.ReadChunkAsync());
        Assert.StartsWith("HTTP/1.1 202 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_framework_that_hangs_up_an_idle_stream_is_noticed()
    {
        var (wire, stream) = await SubscribeAsync();

        wire.HangUp();

        Assert.Equal(stream, (await Master.NextAsync<MasterInput.StreamClosed>()).Stream);
        Assert.Equal(0, Endpoint.OpenStreams);
    }

    [Theory]
    [InlineData(1 << 20, 100_000)]
    [InlineData(1 << 30, 16)]
    public async Task A_framework_that_reads_nothing_is_cut_when_its_outbox_is_full(long bytes, int events)
    {
        (Options.MaxWaitingBytes, Options.MaxWaitingEvents) = (bytes, events);
        var (wire, stream) = await SubscribeAsync(receiveBuffer: 4096);
        var large = Error(new string('m', 100_000));

        for (var sent = 0; sent < 1000; sent++)
        {
            Endpoint.Perform(new MasterEffect.Send(stream, large));
        }

        Assert.Equal(stream, (await Master.NextAsync<MasterInput.StreamClosed>()).Stream);
        await wire.UntilClosedAsync();

        var cut = Assert.Single(Log.Lines, line => line.Id == 1103);
        Assert.Contains($"Stream {stream} cut", cut.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_framework_that_reads_slowly_but_reads_misses_nothing()
    {
        var (wire, stream) = await SubscribeAsync(receiveBuffer: 4096);
        for (var number = 0; number < 2000; number++)
        {
            Endpoint.Perform(new MasterEffect.Send(stream, Error(number.ToString("D4000", CultureInfo.InvariantCulture))));
        }

        for (var number = 0; number < 2000; number++)
        {
            Assert.EndsWith($"{number:D4}\"}}}}", await wire.ReadChunkAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(1, Endpoint.OpenStreams);
    }

    [Fact]
    public async Task An_ended_stream_that_nobody_reads_is_broken_off()
    {
        Options.DrainTimeout = TimeSpan.FromSeconds(1);
        var (_, stream) = await SubscribeAsync(receiveBuffer: 4096);
        for (var sent = 0; sent < 200; sent++)
        {
            Endpoint.Perform(new MasterEffect.Send(stream, Error(new string('m', 100_000))));
        }

        Endpoint.Perform(new MasterEffect.CloseStream(stream));

        Assert.Equal(stream, (await Master.NextAsync<MasterInput.StreamClosed>()).Stream);
    }

    [Fact]
    public async Task Stopping_ends_streams_in_order_and_does_not_call_their_frameworks_gone()
    {
        var (wire, stream) = await SubscribeAsync();
        Endpoint.Perform(new MasterEffect.Send(stream, Heartbeat));

        await Endpoint.StopAsync(TestContext.Current.CancellationToken).Soon();

        Assert.StartsWith("20\n", await wire.ReadChunkAsync(), StringComparison.Ordinal);
        Assert.Equal("", await wire.ReadChunkAsync());
        Assert.False(await wire.IsOpenAsync());
        Assert.False(Master.HasMore);
    }

    [Fact]
    public async Task A_subscription_to_a_master_that_has_stopped_ends_at_once()
    {
        Master.Stop();
        var wire = await ConnectAsync();

        await wire.PostJsonAsync(Subscribe);

        Assert.StartsWith("HTTP/1.1 200 ", await wire.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("", await wire.ReadChunkAsync());
        Assert.Equal(0, Endpoint.OpenStreams);
    }

    [Fact]
    public async Task A_thousand_streams_leave_nothing_behind()
    {
        const int Count = 1000;
        var wires = new List<Wire>();
        var streams = new HashSet<StreamId>();
        for (var i = 0; i < Count; i++)
        {
            var (wire, stream) = await SubscribeAsync();
            wires.Add(wire);
            streams.Add(stream);
        }

        Assert.Equal(Count, Endpoint.OpenStreams);
        foreach (var stream in streams)
        {
            Endpoint.Perform(new MasterEffect.Send(stream, Heartbeat));
        }

        foreach (var wire in wires)
        {
            Assert.StartsWith("20\n", await wire.ReadChunkAsync(), StringComparison.Ordinal);
            wire.HangUp();
        }

        for (var i = 0; i < Count; i++)
        {
            Assert.True(streams.Remove((await Master.NextAsync<MasterInput.StreamClosed>()).Stream));
        }

        Assert.Equal(0, Endpoint.OpenStreams);
        Assert.Equal(0, Endpoint.PendingAnswers);
    }

    private async Task<(Wire Wire, StreamId Stream)> SubscribeAsync(int? receiveBuffer = null)
    {
        var wire = await ConnectAsync(receiveBuffer);
        await wire.PostJsonAsync(Subscribe);
        await wire.ReadHeadAsync();
        return (wire, (await Master.NextAsync<MasterInput.Subscribe>()).Stream);
    }

    private static Event Error(string message) =>
        new() { Type = EventType.Error, Error = new Event.Types.Error { Message = message } };
}
