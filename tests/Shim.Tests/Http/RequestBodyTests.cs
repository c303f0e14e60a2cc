using System.Text;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>Bodies that come in pieces, too large, too slowly, or broken.</summary>
public sealed class RequestBodyTests : EndpointTest
{
    private const string Revive = """{"type":"REVIVE","framework_id":{"value":"f-1"}}""";

    private static readonly byte[] ReviveBytes =
        new Call { Type = Call.Types.Type.Revive, FrameworkId = new() { Value = "f-1" } }.ToByteArray();

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_body_may_come_byte_by_byte(bool json)
    {
        var (type, body) = json ? ("application/json", Encoding.UTF8.GetBytes(Revive)) : ("application/x-protobuf", ReviveBytes);
        var wire = await ConnectAsync();

        await wire.SendAsync($"POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n");
        foreach (var piece in body)
        {
            await wire.SendAsync(new[] { piece });
        }

        Assert.StartsWith("HTTP/1.1 202 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        Assert.Equal("f-1", (await Master.NextAsync<MasterInput.SchedulerCall>()).Call.FrameworkId.Value);
    }

    [Fact]
    public async Task A_body_may_come_in_chunks()
    {
        var wire = await ConnectAsync();

        await wire.SendLinesAsync(
            """
            POST /api/v1/scheduler HTTP/1.1
            Host: m
            Content-Type: application/json
            Transfer-Encoding: chunked

            f
            {"type":"REVIVE
            21
            ","framework_id":{"value":"f-1"}}
            0


            """);

        Assert.StartsWith("HTTP/1.1 202 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_asks_first_is_told_to_go_on()
    {
        var wire = await ConnectAsync();

        await wire.SendAsync(
            $"POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: {Revive.Length}\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue\n\n", await wire.ReadHeadAsync());
        await wire.SendAsync(Revive);

        Assert.StartsWith("HTTP/1.1 202 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_truncation_of_a_protobuf_call_is_refused()
    {
        var wire = await ConnectAsync();
        var call = new Call
        {
            Type = Call.Types.Type.Kill,
            FrameworkId = new() { Value = "f-1" },
            Kill = new Call.Types.Kill { TaskId = new() { Value = "t-1" } },
        }.ToByteArray();

        for (var length = 1; length < call.Length; length++)
        {
            await wire.PostAsync("application/x-protobuf", call.AsSpan(0, length));
            Assert.StartsWith("HTTP/1.1 400 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        }

        await wire.PostAsync("application/x-protobuf", call);
        Assert.StartsWith("HTTP/1.1 202 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_truncation_of_a_json_call_is_refused()
    {
        var wire = await ConnectAsync();

        for (var length = 0; length < Revive.Length; length++)
        {
            await wire.PostJsonAsync(Revive[..length]);
            Assert.Contains("\n\nFailed to parse body into JSON: ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_body_announced_as_too_large_is_refused_unread()
    {
        Options.MaxBodyBytes = 1024;
        var wire = await ConnectAsync();

        await wire.SendAsync("POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\nContent-Length: 1025\r\n\r\n");

        Assert.Equal(
            """
            HTTP/1.1 413 Payload Too Large
            Content-Length: 55
            Content-Type: text/plain; charset=utf-8
            Date: (now)

            The request body is larger than the limit of 1024 bytes
            """,
            await wire.ReadAnswerAsync());
    }

    [Fact]
    public async Task A_client_that_sends_a_body_too_large_to_its_end_still_reads_the_refusal()
    {
        Options.MaxBodyBytes = 1024;
        var wire = await ConnectAsync();

        await wire.PostJsonAsync(Revive.PadRight(20 << 20));
        await wire.PostJsonAsync(Revive);

        Assert.StartsWith("HTTP/1.1 413 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 202 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_grows_too_large_is_refused()
    {
        Options.MaxBodyBytes = 1024;
        var wire = await ConnectAsync();

        await wire.SendAsync(
            "POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n"
            + new string(' ', 0x800));

        Assert.StartsWith("HTTP/1.1 413 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_as_large_as_allowed_is_read()
    {
        Options.MaxBodyBytes = 4 << 20;
        var wire = await ConnectAsync();

        await wire.PostJsonAsync(Revive.PadRight(4 << 20));

        Assert.StartsWith("HTTP/1.1 202 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_dries_up_is_not_waited_for()
    {
        (Options.MinBodyBytesPerSecond, Options.BodyGrace) = (1000, TimeSpan.FromSeconds(2));
        var wire = await ConnectAsync();

        await wire.SendAsync("POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{");

        Assert.EndsWith("\n\nThe request body came too slowly", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zz\r\n{}\r\n0\r\n\r\n")]
    [InlineData("2\r\n{}garbage\r\n0\r\n\r\n")]
    [InlineData("-2\r\n{}\r\n0\r\n\r\n")]
    [InlineData("fffffffffffffffff\r\n{}")]
    public async Task Malformed_chunks_are_a_bad_request(string chunks)
    {
        var wire = await ConnectAsync();

        await wire.SendAsync(
            "POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);

        Assert.StartsWith("HTTP/1.1 400 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        Assert.False(Master.HasMore);
    }

    [Theory]
    [InlineData("POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nContent-Length: x\r\n\r\n", 400)]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("POST /api/v1/scheduler HTTP/1.1\r\n\r\n", 400)]
    public async Task What_is_no_http_is_a_bad_request(string request, int status)
    {
        var wire = await ConnectAsync();

        await wire.SendAsync(request);

        Assert.StartsWith($"HTTP/1.1 {status} ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_are_bounded()
    {
        Options.MaxHeaderBytes = 1024;
        var wire = await ConnectAsync();

        await wire.SendAsync($"POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nX: {new string('x', 2000)}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_hangs_up_within_its_body_posts_nothing()
    {
        var broken = await ConnectAsync();
        await broken.SendAsync($"POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{Revive}");
        broken.HangUp();

        var wire = await ConnectAsync();
        await wire.PostJsonAsync(Revive.Replace("f-1", "f-2", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 202 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        Assert.Equal("f-2", (await Master.NextAsync<MasterInput.SchedulerCall>()).Call.FrameworkId.Value);
        Assert.DoesNotContain(Log.Lines, line => line.Id == 1105);
    }
}
