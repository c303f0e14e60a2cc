using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Shim.Tests.Loop;
using MesosK8sBridge.Shim.Tests.Master;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>
/// The table of answers beside this file, over a socket, on a whole master: bytes in, bytes out. A framework <c>web</c> of
/// principal p is subscribed as M-0000, one of principal q as M-0001, which has hung up.
/// </summary>
public sealed partial class HttpTableTests : IAsyncLifetime, IFatalErrors, IEffectPerformer
{
    private readonly ManualClock _clock = new(Given.T0);
    private readonly MasterMetrics _metrics = new();
    private readonly RecordedLog _log = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Wire> _wires = [];
    private readonly MasterLoop _loop;
    private readonly Standing _standing = new(new Leader("leader.example", 5051, IsThisMaster: true));
    private MesosEndpoint? _endpoint;
    private Task _running = Task.CompletedTask;
    private string _stream = "";

    public HttpTableTests() => _loop = new MasterLoop(
        new MesosMaster(new MasterOptions { Admission = Admission.Open }, Given.MasterInfo, new Random(1)), this, _clock, _metrics);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Rows => [.. File.ReadAllText(Path.Combine(Folder(), "answers.table")).Split("\n\n")
        .Select(row => string.Join('\n', row.Split('\n').Where(line => line.Length > 0 && line[0] != '#')))
        .Where(row => row.Length > 0)];

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        _wires.ForEach(wire => wire.Dispose());
        await _endpoint!.DisposeAsync().Soon();
        await _stopping.CancelAsync();
        await _running.Soon();
        _metrics.Dispose();
        _stopping.Dispose();
        _log.Dispose();
    }

    /// <summary>A row: what the scene is, the request line and headers, <c>json</c> or <c>protobuf</c> with a call or <c>raw</c> bytes, the answer.</summary>
    [Theory, MemberData(nameof(Rows))]
    public async Task An_answer_is_what_a_Mesos_master_says_to_the_byte(string row)
    {
        var lines = row.Split('\n').ToList();
        var scene = lines[0].TrimStart('@', ' ');
        await SetAsync(scene);
        var arrow = lines.FindIndex(line => line.StartsWith("=> ", StringComparison.Ordinal));
        var wire = await ConnectAsync();

        await wire.SendAsync(Request(lines[1..arrow]));

        Assert.Equal(Expected([lines[arrow][3..], .. lines[(arrow + 1)..]]), await wire.ReadHeadAsync() is var head && head.Contains("chunked", StringComparison.Ordinal)
            ? StreamIdLine().Replace(head, "Mesos-Stream-Id: (new)\n")
            : head + await BodyAsync(wire, head));
    }

    void IEffectPerformer.Perform(MasterEffect effect)
    {
    }

    void IFatalErrors.End(string what, Exception fault) => Assert.Fail($"{what}: {fault}");

    private static async Task<string> BodyAsync(Wire wire, string head) =>
        ContentLength().Match(head) is { Success: true } match ? await wire.ReadAsync(int.Parse(match.Groups["length"].Value, CultureInfo.InvariantCulture)) : "";

    private byte[] Request(IReadOnlyList<string> lines)
    {
        var head = new StringBuilder();
        byte[] body = [];
        foreach (var line in lines)
        {
            var (kind, rest) = line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var blank ? (line[..blank], line[(blank + 1)..]) : (line, "");
            if (kind is "json" or "protobuf" or "raw")
            {
                body = kind switch
                {
                    "protobuf" => MesosJson.Parse<Call>(Encoding.UTF8.GetBytes(rest)).ToByteArray(),
                    _ => Encoding.Latin1.GetBytes(rest.Replace("\\x08", "\b", StringComparison.Ordinal)),
                };
                head.Append(kind switch { "json" => "Content-Type: application/json\r\n", "protobuf" => "Content-Type: application/x-protobuf\r\n", _ => "" });
            }
            else
            {
                var end = head.Length == 0 ? " HTTP/1.1\r\nHost: m\r\n" : "\r\n";
                head.Append(line.Replace("$stream", _stream, StringComparison.Ordinal)).Append(end);
            }
        }

        return [.. Encoding.Latin1.GetBytes($"{head}Content-Length: {body.Length}\r\n\r\n"), .. body];
    }

    /// <summary>Status, headers of note, and the text; the rest follows from them.</summary>
    private string Expected(IReadOnlyList<string> lines)
    {
        var headers = lines.Skip(1).TakeWhile(line => HeaderLine().IsMatch(line)).ToArray();
        var text = string.Join('\n', lines.Skip(1 + headers.Length)).Replace("$stream", _stream, StringComparison.Ordinal);
        if (lines[0].StartsWith("200 OK +", StringComparison.Ordinal))
        {
            return $"HTTP/1.1 200 OK\nContent-Type: {lines[0][9..]}\nDate: (now)\nTransfer-Encoding: chunked\nMesos-Stream-Id: (new)\n\n";
        }

        var plain = text.Length == 0 ? "" : "Content-Type: text/plain; charset=utf-8\n";
        return $"HTTP/1.1 {lines[0]}\nContent-Length: {text.Length}\n{plain}Date: (now)\n{string.Concat(headers.Select(h => h + "\n"))}\n{text}";
    }

    private async Task SetAsync(string scene)
    {
        BasicAuthenticator? authenticator = null;
        if (scene.Contains("credentials", StringComparison.Ordinal))
        {
            authenticator = new BasicAuthenticator(allowAnonymous: false);
            authenticator.Replace([new Credential("p", "s3cret"u8.ToArray()), new Credential("q", "s3cret"u8.ToArray())]);
        }

        _endpoint = new MesosEndpoint(_loop, new ListenerOptions { Endpoint = new(IPAddress.Loopback, 0) }, _clock, _log, _standing, authenticator);
        await _endpoint.StartAsync(Ct).Soon();
        _running = _loop.RunAsync(_endpoint, this, _stopping.Token);
        if (!scene.Contains("recovering", StringComparison.Ordinal))
        {
            await _loop.PostAndWaitAsync(new MasterInput.RecoveryCompleted(), Ct).Soon();
            _stream = await SubscribeAsync("p", out _);
            await SubscribeAsync("q", out var second);
            second.HangUp();
            await UntilAwayAsync("M-0001");
        }

        _standing.Current = scene switch
        {
            _ when scene.Contains("no leader", StringComparison.Ordinal) => null,
            _ when scene.Contains("standby", StringComparison.Ordinal) => new Leader("leader.example", 5051, IsThisMaster: false),
            _ => _standing.Current,
        };
    }

    private Task<string> SubscribeAsync(string principal, out Wire wire)
    {
        var connected = wire = ConnectAsync().GetAwaiter().GetResult();
        return SubscribeAsync(principal, connected);
    }

    private static async Task<string> SubscribeAsync(string principal, Wire wire)
    {
        var authorization = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{principal}:s3cret"));
        await wire.PostJsonAsync(
            """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"web","principal":"$p","failover_timeout":60}}}"""
                .Replace("$p", principal, StringComparison.Ordinal),
            $"Authorization: Basic {authorization}\r\n");
        var id = StreamIdLine().Match(await wire.ReadHeadAsync()).Groups["id"].Value;
        await wire.ReadChunkAsync();
        return id;
    }

    private async Task UntilAwayAsync(string framework)
    {
        while ((await _loop.SnapshotAsync(Ct).Soon()).Frameworks.First(f => f.Id.Value == framework).Phase == FrameworkPhase.Connected)
        {
            await Task.Yield();
        }
    }

    private async Task<Wire> ConnectAsync()
    {
        var wire = await Wire.ConnectAsync(_endpoint!.Address);
        _wires.Add(wire);
        return wire;
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;

    [GeneratedRegex("Mesos-Stream-Id: (?<id>[0-9a-f-]{36})\n", RegexOptions.ExplicitCapture)]
    private static partial Regex StreamIdLine();

    [GeneratedRegex("\nContent-Length: (?<length>[0-9]+)\n", RegexOptions.ExplicitCapture)]
    private static partial Regex ContentLength();

    [GeneratedRegex("^(Allow|Location|WWW-Authenticate): ", RegexOptions.ExplicitCapture)]
    private static partial Regex HeaderLine();

    private sealed class Standing(Leader? leader) : ILeadership
    {
        public Leader? Current { get; set; } = leader;
    }
}
