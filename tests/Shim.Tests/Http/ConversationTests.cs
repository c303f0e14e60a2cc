using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Tests.Loop;
using MesosK8sBridge.Shim.Tests.Master;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>What a Mesos 1.12 master said to these very requests, the whole master must say: front end, loop and core.</summary>
public sealed partial class ConversationTests : IAsyncLifetime, IFatalErrors, IEffectPerformer
{
    private const string MasterId = "e0f1992e-c955-4411-a8ba-c49a7a38ca8a";

    private readonly ManualClock _clock = new(Given.T0);
    private readonly MasterMetrics _metrics = new();
    private readonly RecordedLog _log = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Wire> _wires = [];
    private readonly MasterLoop _loop;
    private readonly MesosEndpoint _endpoint;
    private Task _running = Task.CompletedTask;

    public ConversationTests()
    {
        var master = new MesosMaster(new MasterOptions { Admission = Admission.Open }, Info(), new Random(1));
        _loop = new MasterLoop(master, this, _clock, _metrics);
        _endpoint = new MesosEndpoint(_loop, new ListenerOptions { Endpoint = new(IPAddress.Loopback, 0) }, _clock, _log);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string Subscribed(string framework) =>
        """
        {"type":"SUBSCRIBED","subscribed":{"framework_id":{"value":"FRAMEWORK"},"heartbeat_interval_seconds":15.0,
        "master_info":{"id":"MASTER","ip":16777343,"port":5050,"pid":"master@127.0.0.1:5050","hostname":"127.0.0.1",
        "version":"1.12.0","address":{"hostname":"127.0.0.1","ip":"127.0.0.1","port":5050},
        "capabilities":[{"type":"AGENT_UPDATE"},{"type":"AGENT_DRAINING"},{"type":"QUOTA_V2"}]}}}
        """.ReplaceLineEndings("").Replace("FRAMEWORK", framework).Replace("MASTER", MasterId);

    private static string Offers(string framework) =>
        """
        {"type":"OFFERS","offers":{"offers":[{"id":{"value":"MASTER-O0"},"framework_id":{"value":"FRAMEWORK"},
        "agent_id":{"value":"MASTER-S0"},"hostname":"127.0.0.1",
        "url":{"scheme":"http","address":{"hostname":"127.0.0.1","ip":"127.0.0.1","port":5051},"path":"/slave(1)"},
        "resources":[{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":31000,"end":32000}]},"role":"*"},
        {"name":"cpus","type":"SCALAR","scalar":{"value":2.0},"role":"*"},
        {"name":"mem","type":"SCALAR","scalar":{"value":4096.0},"role":"*"},
        {"name":"disk","type":"SCALAR","scalar":{"value":4096.0},"role":"*"}]}]}}
        """.ReplaceLineEndings("").Replace("FRAMEWORK", framework).Replace("MASTER", MasterId);

    public async ValueTask InitializeAsync()
    {
        await _endpoint.StartAsync(Ct).Soon();
        _running = _loop.RunAsync(_endpoint, this, _stopping.Token);
        await _loop.PostAsync(
            new MasterInput.AgentObserved(new Agent(
                new AgentId(MasterId + "-S0"), "127.0.0.1", "127.0.0.1", 5051,
                Given.Resources("ports:31000-32000;cpus:2;mem:4096;disk:4096"), [], null,
                ImmutableSortedDictionary<string, string>.Empty, Schedulable: true)),
            Ct);
    }

    public async ValueTask DisposeAsync()
    {
        _wires.ForEach(wire => wire.Dispose());
        await _endpoint.DisposeAsync().Soon();
        await _stopping.CancelAsync();
        await _running.Soon();
        _metrics.Dispose();
        _stopping.Dispose();
        Assert.DoesNotContain(_log.Lines, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Fact]
    public async Task Before_recovery_frameworks_are_asked_to_come_again()
    {
        var wire = await ConnectAsync();

        await wire.PostJsonAsync("""{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x"}}}""");

        Assert.EndsWith("\n\nMaster has not finished recovery", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_framework_cannot_be_found()
    {
        await RecoverAsync();
        var wire = await ConnectAsync();

        await wire.PostJsonAsync("""{"type":"TEARDOWN","framework_id":{"value":"nope"}}""");

        Assert.Equal(
            "HTTP/1.1 400 Bad Request\nContent-Length: 25\nContent-Type: text/plain; charset=utf-8\nDate: (now)\n\nFramework cannot be found",
            await wire.ReadAnswerAsync());
    }

    [Fact]
    public async Task A_call_type_called_unknown_is_not_implemented()
    {
        await RecoverAsync();
        var (stream, id, framework) = await SubscribeAsync();
        var wire = await ConnectAsync();

        await wire.PostJsonAsync($$$"""{"type":"UNKNOWN","framework_id":{"value":"{{{framework}}}"}}""", $"Mesos-Stream-Id: {id}\r\n");

        Assert.StartsWith("HTTP/1.1 501 Not Implemented\n", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
        stream.HangUp();
    }

    [Fact]
    public async Task A_framework_with_wrong_roles_hears_an_error_and_then_the_end()
    {
        await RecoverAsync();
        var wire = await ConnectAsync();

        await wire.PostJsonAsync("""{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x","roles":["a"]}}}""");

        Assert.StartsWith("HTTP/1.1 200 OK\n", await wire.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(
            "121\n" + """{"type":"ERROR","error":{"message":"'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable"}}""",
            await wire.ReadChunkAsync());
        Assert.Equal("", await wire.ReadChunkAsync());
    }

    [Fact]
    public async Task A_subscription_begins_with_what_a_Mesos_master_sent_to_the_byte()
    {
        await RecoverAsync();
        var wire = await ConnectAsync();

        await wire.PostJsonAsync("""{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x","role":"a/b"}}}""");
        await wire.ReadHeadAsync();

        Assert.Equal("448\n" + Subscribed(MasterId + "-0000"), await wire.ReadChunkAsync());
        Assert.Equal("20\n" + """{"type":"HEARTBEAT"}""", await wire.ReadChunkAsync());
        Assert.Equal("670\n" + Offers(MasterId + "-0000"), await NextChunkAsync(wire));
        _clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("20\n" + """{"type":"HEARTBEAT"}""", await wire.ReadChunkAsync());
    }

    [Fact]
    public async Task An_id_that_the_framework_chose_itself_is_taken()
    {
        await RecoverAsync();
        var wire = await ConnectAsync();

        await wire.PostJsonAsync(
            """{"type":"SUBSCRIBE","framework_id":{"value":"zz"},"subscribe":{"framework_info":{"user":"root","name":"x","id":{"value":"zz"}}}}""");
        await wire.ReadHeadAsync();

        Assert.Equal("409\n" + Subscribed("zz"), await wire.ReadChunkAsync());
        Assert.Equal("20\n" + """{"type":"HEARTBEAT"}""", await wire.ReadChunkAsync());
        Assert.Equal("631\n" + Offers("zz"), await NextChunkAsync(wire));
    }

    [Fact]
    public async Task Calls_need_the_id_of_the_current_stream()
    {
        await RecoverAsync();
        var (stream, id, framework) = await SubscribeAsync();
        var calls = await ConnectAsync();
        var revive = $$$"""{"type":"REVIVE","framework_id":{"value":"{{{framework}}}"}}""";

        await calls.PostJsonAsync(revive);
        Assert.Equal(
            "HTTP/1.1 400 Bad Request\nContent-Length: 67\nContent-Type: text/plain; charset=utf-8\nDate: (now)\n\n"
            + "All non-subscribe calls should include the 'Mesos-Stream-Id' header",
            await calls.ReadAnswerAsync());

        await calls.PostJsonAsync(revive, "Mesos-Stream-Id: 00000000-0000-0000-0000-000000000000\r\n");
        Assert.Equal(
            "HTTP/1.1 400 Bad Request\nContent-Length: 185\nContent-Type: text/plain; charset=utf-8\nDate: (now)\n\n"
            + "The stream ID '00000000-0000-0000-0000-000000000000' included in this request didn't match the stream ID "
            + $"currently associated with framework ID {framework}",
            await calls.ReadAnswerAsync());

        await calls.PostJsonAsync(revive, $"Mesos-Stream-Id: {id}\r\n");
        Assert.Equal("HTTP/1.1 202 Accepted\nContent-Length: 0\nDate: (now)\n\n", await calls.ReadAnswerAsync());

        await calls.PostJsonAsync(
            $$$"""{"type":"RECONCILE","framework_id":{"value":"{{{framework}}}"},"reconcile":{"tasks":[{"task_id":{"value":"ghost"}}]}}""",
            $"Mesos-Stream-Id: {id}\r\n");
        Assert.StartsWith("HTTP/1.1 202 ", await calls.ReadAnswerAsync(), StringComparison.Ordinal);
        var update = Timestamp().Replace(await NextChunkAsync(stream, skip: "OFFERS"), "\"timestamp\":T");
        Assert.Equal(
            """
            {"type":"UPDATE","update":{"status":{"task_id":{"value":"ghost"},"state":"TASK_LOST","message":"Reconciliation: Task is unknown","source":"SOURCE_MASTER","reason":"REASON_RECONCILIATION","timestamp":T}}}
            """,
            update[(update.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
    }

    [Fact]
    public async Task A_second_subscription_takes_over_and_the_first_hears_why()
    {
        await RecoverAsync();
        const string Body =
            """{"type":"SUBSCRIBE","framework_id":{"value":"zz"},"subscribe":{"framework_info":{"user":"root","name":"x","id":{"value":"zz"}}}}""";
        var (first, second) = (await ConnectAsync(), await ConnectAsync());
        await first.PostJsonAsync(Body);
        await first.ReadHeadAsync();
        await first.ReadChunkAsync();

        await second.PostJsonAsync(Body);
        await second.ReadHeadAsync();

        Assert.StartsWith("409\n", await second.ReadChunkAsync(), StringComparison.Ordinal);
        string last;
        do
        {
            last = await first.ReadChunkAsync();
        }
        while (!last.Contains("ERROR", StringComparison.Ordinal));
        Assert.Equal("60\n" + """{"type":"ERROR","error":{"message":"Framework failed over"}}""", last);
        Assert.Equal("", await first.ReadChunkAsync());
    }

    [Fact]
    public async Task A_framework_that_hangs_up_without_failover_time_is_removed()
    {
        await RecoverAsync();
        var (stream, _, framework) = await SubscribeAsync();

        stream.HangUp();

        while ((await _loop.SnapshotAsync(Ct).Soon()).Completed.IsEmpty)
        {
            await Task.Yield();
            Ct.ThrowIfCancellationRequested();
        }

        var wire = await ConnectAsync();
        await wire.PostJsonAsync($$$"""{"type":"TEARDOWN","framework_id":{"value":"{{{framework}}}"}}""");
        Assert.EndsWith("\n\nFramework cannot be found", await wire.ReadAnswerAsync(), StringComparison.Ordinal);
    }

    void IEffectPerformer.Perform(MasterEffect effect)
    {
        // Nothing is launched here.
    }

    void IFatalErrors.End(string what, Exception fault) => Assert.Fail($"{what}: {fault}");

    private static MasterInfo Info()
    {
        var info = Given.MasterInfo;
        info.Id = MasterId;
        info.Address = new Address { Hostname = "127.0.0.1", Ip = "127.0.0.1", Port = 5050 };
        foreach (var type in new[]
        {
            MasterInfo.Types.Capability.Types.Type.AgentUpdate,
            MasterInfo.Types.Capability.Types.Type.AgentDraining,
            MasterInfo.Types.Capability.Types.Type.QuotaV2,
        })
        {
            info.Capabilities.Add(new MasterInfo.Types.Capability { Type = type });
        }

        return info;
    }

    private Task RecoverAsync() => _loop.PostAndWaitAsync(new MasterInput.RecoveryCompleted(), Ct).Soon();

    private async Task<Wire> ConnectAsync()
    {
        var wire = await Wire.ConnectAsync(_endpoint.Address);
        _wires.Add(wire);
        return wire;
    }

    private async Task<(Wire Stream, string Id, string Framework)> SubscribeAsync()
    {
        var wire = await ConnectAsync();
        await wire.PostJsonAsync("""{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x"}}}""");
        var id = StreamIdLine().Match(await wire.ReadHeadAsync()).Groups["id"].Value;
        var framework = FrameworkId().Match(await wire.ReadChunkAsync()).Groups["id"].Value;
        await wire.ReadChunkAsync();
        return (wire, id, framework);
    }

    /// <summary>The next chunk, with the time of an allocation let pass if that is what it waits for.</summary>
    private async Task<string> NextChunkAsync(Wire wire, string? skip = null)
    {
        while (true)
        {
            var chunk = wire.ReadChunkAsync();
            while (!chunk.IsCompleted && await Task.WhenAny(chunk, _loop.SnapshotAsync(Ct)) != chunk)
            {
                _clock.Advance(TimeSpan.FromMilliseconds(1));
            }

            var text = await chunk;
            if (skip is null || !text.Contains(skip, StringComparison.Ordinal))
            {
                return text;
            }
        }
    }

    [GeneratedRegex("\"timestamp\":[0-9.]+", RegexOptions.ExplicitCapture)]
    private static partial Regex Timestamp();

    [GeneratedRegex("\nMesos-Stream-Id: (?<id>[0-9a-f-]{36})\n", RegexOptions.ExplicitCapture)]
    private static partial Regex StreamIdLine();

    [GeneratedRegex("\"framework_id\":{\"value\":\"(?<id>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex FrameworkId();
}
