using System.Text;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>The answers of the scheduler endpoint to the byte, in the order of its checks.</summary>
/// <remarks>Texts and lengths are those of a Mesos 1.12 master; the server orders headers in its own way.</remarks>
public sealed class SchedulerAnswersTests : EndpointTest
{
    private const string Json = "Content-Type: application/json\r\n";
    private const string Subscribe = """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x"}}}""";

    [Fact]
    public async Task A_get_is_told_to_post()
    {
        var wire = await ConnectAsync();

        await wire.SendLinesAsync(
            """
            GET /api/v1/scheduler HTTP/1.1
            Host: 127.0.0.1:5050
            User-Agent: curl/7.88.1
            Accept: */*


            """);

        Assert.Equal(
            """
            HTTP/1.1 405 Method Not Allowed
            Content-Length: 72
            Content-Type: text/plain; charset=utf-8
            Date: (now)
            Allow: POST

            405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.
            """,
            await wire.ReadAnswerAsync());
    }

    [Fact]
    public async Task A_call_that_the_master_accepts_is_answered_with_202_and_nothing_else()
    {
        var wire = await ConnectAsync();

        await wire.SendLinesAsync(
            """
            POST /master/api/v1/scheduler HTTP/1.1
            Host: 127.0.0.1:5050
            Mesos-Stream-Id: 0fe0250a-2638-4493-b9f7-14f271c38cac
            Accept: application/json
            Content-Length: 48
            Content-Type: application/json

            {"type":"REVIVE","framework_id":{"value":"f-1"}}
            """);

        Assert.Equal(
            """
            HTTP/1.1 202 Accepted
            Content-Length: 0
            Date: (now)


            """,
            await wire.ReadAnswerAsync());
        var call = await Master.NextAsync<MasterInput.SchedulerCall>();
        Assert.Equal("0fe0250a-2638-4493-b9f7-14f271c38cac", call.Stream);
        Assert.Equal("f-1", call.Call.FrameworkId.Value);
        Assert.Null(call.Principal);
    }

    [Theory]
    [InlineData("", "", "400 Bad Request", 38, "Expecting 'Content-Type' to be present")]
    [InlineData("Content-Type: text/plain\r\n", "x", "415 Unsupported Media Type", 70,
        "Expecting 'Content-Type' of application/json or application/x-protobuf")]
    [InlineData("Content-Type: application/json; charset=utf-8\r\n", "{}", "415 Unsupported Media Type", 70,
        "Expecting 'Content-Type' of application/json or application/x-protobuf")]
    [InlineData("Content-Type: Application/JSON\r\n", "{}", "415 Unsupported Media Type", 70,
        "Expecting 'Content-Type' of application/json or application/x-protobuf")]
    [InlineData(Json, "{", "400 Bad Request", 61, "Failed to parse body into JSON: syntax error at line 1 near: ")]
    [InlineData(Json, "{}", "400 Bad Request", 66, "Failed to validate scheduler::Call: Expecting 'type' to be present")]
    [InlineData(Json, """{"type":"NO_SUCH_CALL","framework_id":{"value":"f"}}""", "400 Bad Request", 66,
        "Failed to validate scheduler::Call: Expecting 'type' to be present")]
    [InlineData(Json, "[]", "400 Bad Request", 66, "Failed to convert JSON into Call protobuf: Expecting a JSON object")]
    [InlineData("Content-Type: application/x-protobuf\r\n", "\x08", "400 Bad Request", 39, "Failed to parse body into Call protobuf")]
    [InlineData(Json, """{"type":"SUBSCRIBE"}""", "400 Bad Request", 71,
        "Failed to validate scheduler::Call: Expecting 'subscribe' to be present")]
    [InlineData("Accept: text/html\r\n" + Json, Subscribe, "406 Not Acceptable", 74,
        "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'")]
    [InlineData("Accept: text/html\r\n" + Json,
        """{"type":"RECONCILE_OPERATIONS","framework_id":{"value":"f"},"reconcile_operations":{}}""", "406 Not Acceptable", 74,
        "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'")]
    [InlineData("Mesos-Stream-Id: abc\r\n" + Json, Subscribe, "400 Bad Request", 63,
        "Subscribe calls should not include the 'Mesos-Stream-Id' header")]
    [InlineData("Accept: text/html\r\nMesos-Stream-Id: abc\r\n" + Json, Subscribe, "406 Not Acceptable", 74,
        "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'")]
    [InlineData(Json, """{"type":"TEARDOWN"}""", "400 Bad Request", 74,
        "Failed to validate scheduler::Call: Expecting 'framework_id' to be present")]
    [InlineData(Json, """{"type":"DECLINE","framework_id":{"value":"f"}}""", "400 Bad Request", 69,
        "Failed to validate scheduler::Call: Expecting 'decline' to be present")]
    [InlineData(Json,
        """{"type":"ACKNOWLEDGE","framework_id":{"value":"f"},"acknowledge":{"agent_id":{"value":"q"},"task_id":{"value":"t"},"uuid":"AA=="}}""",
        "400 Bad Request", 52, "Failed to validate scheduler::Call: Not a valid UUID")]
    [InlineData(Json,
        """{"type":"SUBSCRIBE","framework_id":{"value":"zz"},"subscribe":{"framework_info":{"user":"root","name":"x"}}}""",
        "400 Bad Request", 93, "Failed to validate scheduler::Call: 'framework_id' differs from 'subscribe.framework_info.id'")]
    public async Task A_post_that_is_no_proper_call_is_refused_in_the_words_of_Mesos(
        string headers, string body, string status, int length, string text)
    {
        var wire = await ConnectAsync();

        await wire.SendAsync(
            $"POST /api/v1/scheduler HTTP/1.1\r\nHost: 127.0.0.1:5050\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}");

        Assert.Equal(
            $"HTTP/1.1 {status}\nContent-Length: {length}\nContent-Type: text/plain; charset=utf-8\nDate: (now)\n\n{text}",
            await wire.ReadAnswerAsync());
        Assert.False(Master.HasMore);
    }

    [Theory]
    [InlineData(400, "Bad Request", "Framework cannot be found")]
    [InlineData(403, "Forbidden", "Framework is not subscribed")]
    [InlineData(501, "Not Implemented", "501 Not Implemented.")]
    public async Task What_the_master_refuses_is_passed_on_with_its_words(int status, string reason, string text)
    {
        Master.Script = input => [new MasterEffect.Answer(((MasterInput.SchedulerCall)input).Request, new SchedulerAnswer(status, text))];
        var wire = await ConnectAsync();

        await wire.PostJsonAsync("""{"type":"TEARDOWN","framework_id":{"value":"nope"}}""");

        Assert.Equal(
            $"HTTP/1.1 {status} {reason}\nContent-Length: {text.Length}\nContent-Type: text/plain; charset=utf-8\nDate: (now)\n\n{text}",
            await wire.ReadAnswerAsync());
    }

    [Theory]
    [InlineData("/api/v1/scheduler/x/y", 202)]
    [InlineData("/api/v1/scheduler/", 202)]
    [InlineData("/master/api/v1/scheduler/", 202)]
    [InlineData("http://127.0.0.1:5050/master/api/v1/scheduler?x=/..", 202)]
    [InlineData("/api/v1/scheduler/../scheduler", 404)]
    [InlineData("/api/v1", 404)]
    [InlineData("/api/v1/schedulers", 404)]
    [InlineData("/scheduler", 404)]
    [InlineData("/masters/api/v1/scheduler", 404)]
    [InlineData("/master/master/api/v1/scheduler", 404)]
    [InlineData("/", 404)]
    public async Task Deeper_paths_reach_the_endpoint_and_others_do_not(string path, int status)
    {
        var wire = await ConnectAsync();
        const string Body = """{"type":"REVIVE","framework_id":{"value":"f-1"}}""";

        await wire.SendAsync($"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:5050\r\n{Json}Content-Length: {Body.Length}\r\n\r\n{Body}");

        Assert.StartsWith($"HTTP/1.1 {status} ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_path_is_not_found()
    {
        var wire = await ConnectAsync();

        await wire.SendAsync("GET /nonexistent HTTP/1.1\r\nHost: m\r\n\r\n");

        Assert.Equal(
            "HTTP/1.1 404 Not Found\nContent-Length: 14\nContent-Type: text/plain; charset=utf-8\nDate: (now)\n\n404 Not Found.",
            await wire.ReadAnswerAsync());
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/master/health")]
    public async Task Health_is_an_empty_200_even_before_recovery(string path)
    {
        Master.IsRecovered = false;
        var wire = await ConnectAsync();

        await wire.SendAsync($"GET {path} HTTP/1.1\r\nHost: m\r\n\r\n");

        Assert.Equal("HTTP/1.1 200 OK\nContent-Length: 0\nDate: (now)\n\n", await wire.ReadAnswerAsync());
    }

    [Fact]
    public async Task Before_recovery_even_a_get_hears_of_nothing_else()
    {
        Master.IsRecovered = false;
        var wire = await ConnectAsync();

        await wire.SendAsync("GET /api/v1/scheduler HTTP/1.1\r\nHost: m\r\n\r\n");

        Assert.Equal(
            "HTTP/1.1 503 Service Unavailable\nContent-Length: 32\nContent-Type: text/plain; charset=utf-8\nDate: (now)\n\n"
            + "Master has not finished recovery",
            await wire.ReadAnswerAsync());
    }

    [Fact]
    public async Task Another_master_that_leads_is_pointed_to()
    {
        await StartAsync(new Led(new Leader("leader.example", 5051, IsThisMaster: false)));
        var wire = await ConnectAsync();

        await wire.SendAsync("POST /api/v1/scheduler?a=b HTTP/1.1\r\nHost: m\r\nContent-Length: 0\r\n\r\nGET /redirect HTTP/1.1\r\nHost: m\r\n\r\n");

        Assert.Equal(
            "HTTP/1.1 307 Temporary Redirect\nContent-Length: 0\nDate: (now)\nLocation: //leader.example:5051/master/api/v1/scheduler?a=b\n\n",
            await wire.ReadAnswerAsync());
        Assert.Equal(
            "HTTP/1.1 307 Temporary Redirect\nContent-Length: 0\nDate: (now)\nLocation: //leader.example:5051\n\n",
            await wire.ReadAnswerAsync());
    }

    [Theory]
    [InlineData("/api/v1/scheduler")]
    [InlineData("/redirect")]
    public async Task Without_a_leader_there_is_no_service(string path)
    {
        await StartAsync(new Led(null));
        var wire = await ConnectAsync();

        await wire.SendAsync($"POST {path} HTTP/1.1\r\nHost: m\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(
            "HTTP/1.1 503 Service Unavailable\nContent-Length: 17\nContent-Type: text/plain; charset=utf-8\nDate: (now)\n\nNo leader elected",
            await wire.ReadAnswerAsync());
    }

    [Fact]
    public async Task The_only_master_redirects_to_itself_but_not_from_below()
    {
        var wire = await ConnectAsync();

        await wire.SendAsync("GET /master/redirect HTTP/1.1\r\nHost: m\r\n\r\nGET /redirect/x HTTP/1.1\r\nHost: m\r\n\r\n");

        Assert.Contains($"\nLocation: //{Endpoint.Address}\n", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_framework_that_does_not_say_who_it_is_is_asked_before_anything_else()
    {
        Master.IsRecovered = false;
        await StartAsync(authenticator: new Answering(new Authentication.Refused("""Basic realm="mesos-master-scheduler" """.Trim())));
        var wire = await ConnectAsync();

        await wire.SendAsync("GET /api/v1/scheduler HTTP/1.1\r\nHost: m\r\n\r\n");

        Assert.Equal(
            """
            HTTP/1.1 401 Unauthorized
            Content-Length: 17
            Content-Type: text/plain; charset=utf-8
            Date: (now)
            WWW-Authenticate: Basic realm="mesos-master-scheduler"

            401 Unauthorized.
            """,
            await wire.ReadAnswerAsync());
    }

    [Fact]
    public async Task A_principal_with_claims_alone_is_forbidden()
    {
        await StartAsync(authenticator: new Answering(new Authentication.Accepted(null)));
        var wire = await ConnectAsync();

        await wire.PostJsonAsync("{}");

        Assert.EndsWith(
            "\n\nThe request's authenticated principal contains claims, but no value string. "
            + "The master currently requires that principals have a value",
            await wire.ReadAnswerAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_principal_goes_with_the_call_and_with_the_subscription()
    {
        await StartAsync(authenticator: new Answering(new Authentication.Accepted("alice")));
        var calls = await ConnectAsync();
        var stream = await ConnectAsync();

        await calls.PostJsonAsync("""{"type":"REVIVE","framework_id":{"value":"f-1"}}""");
        Assert.Equal("alice", (await Master.NextAsync<MasterInput.SchedulerCall>()).Principal);
        await stream.PostJsonAsync(Subscribe);
        Assert.Equal("alice", (await Master.NextAsync<MasterInput.Subscribe>()).Principal);
    }

    [Fact]
    public async Task A_principal_other_than_the_frameworks_own_is_refused()
    {
        await StartAsync(authenticator: new Answering(new Authentication.Accepted("alice")));
        var wire = await ConnectAsync();

        await wire.PostJsonAsync("""{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x","principal":"bob"}}}""");

        Assert.EndsWith(
            "\n\nFailed to validate scheduler::Call: Authenticated principal 'alice' does not match principal 'bob' set in `FrameworkInfo`",
            await wire.ReadAnswerAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_sent_in_one_go_are_answered_in_order()
    {
        Master.Script = input => input is MasterInput.SchedulerCall call
            ? [new MasterEffect.Answer(call.Request, SchedulerAnswer.BadRequest(call.Call.FrameworkId.Value))]
            : [];
        var wire = await ConnectAsync();
        var calls = new StringBuilder();
        foreach (var id in Enumerable.Range(1000, 50))
        {
            var body = $$$"""{"type":"REVIVE","framework_id":{"value":"{{{id}}}"}}""";
            calls.Append($"POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\n{Json}Content-Length: {body.Length}\r\n\r\n{body}");
        }

        await wire.SendAsync(calls.ToString());

        foreach (var id in Enumerable.Range(1000, 50))
        {
            Assert.EndsWith($"\n\n{id}", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_master_that_gives_no_answer_is_not_waited_for_for_ever()
    {
        Options.AnswerTimeout = TimeSpan.FromSeconds(1);
        Master.Script = _ => [];
        var wire = await ConnectAsync();

        await wire.PostJsonAsync("""{"type":"REVIVE","framework_id":{"value":"f-1"}}""");

        Assert.StartsWith("HTTP/1.1 503 ", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        Assert.Equal(0, Endpoint.PendingAnswers);
    }

    [Fact]
    public async Task A_master_that_has_stopped_takes_no_calls()
    {
        Master.Stop();
        var wire = await ConnectAsync();

        await wire.PostJsonAsync("""{"type":"REVIVE","framework_id":{"value":"f-1"}}""");

        Assert.EndsWith("\n\nThe master is stopping", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip, deflate", true)]
    [InlineData("*", true)]
    [InlineData("gzip;q=0, *", false)]
    [InlineData("deflate", false)]
    public async Task A_long_answer_is_compressed_for_those_who_understand_it(string acceptEncoding, bool compressed)
    {
        var text = new string('x', 1024);
        Master.Script = input => [new MasterEffect.Answer(((MasterInput.SchedulerCall)input).Request, SchedulerAnswer.BadRequest(text))];
        var wire = await ConnectAsync();

        await wire.PostJsonAsync("""{"type":"REVIVE","framework_id":{"value":"f-1"}}""", $"Accept-Encoding: {acceptEncoding}\r\n");

        Assert.Equal(compressed, (await wire.ReadAnswerAsync()).Contains("\nContent-Encoding: gzip\n", StringComparison.Ordinal));
    }

    private sealed record Led(Leader? Current) : ILeadership;

    private sealed record Answering(Authentication Result) : IFrameworkAuthenticator
    {
        public ValueTask<Authentication> AuthenticateAsync(string? authorization, CancellationToken ct) => new(Result);
    }
}
