using System.Text;

namespace MesosK8sBridge.Fuzz;

/// <summary>Requests to a master at work: damaged calls in both media types, and damaged HTTP on every route.</summary>
internal static class Requests
{
    private static readonly string[] Paths =
    [
        "/api/v1/scheduler", "/master/api/v1/scheduler", "/api/v1/scheduler/x", "/api/v1/scheduler/", "/health", "/master/health", "/redirect",
        "/master/redirect", "/", "/api/v1", "/..", "/api/v1/scheduler/../x", "/%2e%2e", "//", "/master", "*", "http://h/api/v1/scheduler", "/\u00fc",
    ];

    private static readonly string[] Methods = ["POST", "POST", "POST", "GET", "PUT", "HEAD", "OPTIONS", "DELETE", "post", "X"];

    private static readonly string[] Headers =
    [
        "Accept: */*", "Accept: application/json;q=0", "Accept: application/x-protobuf", "Accept: ,;,q=", "Accept-Encoding: gzip", "Connection: close",
        "Connection: keep-alive", "Expect: 100-continue", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Content-Length: 5",
        "Content-Length: -1", "Content-Length: 99999999999999999999", "Content-Type: application/json", "Content-Type: text/plain", "Content-Type:",
        "Authorization: Basic dGVzdDpzM2NyZXQ=", "Authorization: Basic \u00ff", "Upgrade: h2c", "Cookie: a=b", "Host: other", "X: ", " folded", "X:\0",
        "Mesos-Stream-Id: x", "Mesos-Stream-Id:",
    ];

    public static IEnumerable<Kind> On(Stage stage) =>
    [
        new("call json", 8, random => Call(random, stage, "application/json", (r, n) => Mutation.OfJson(r, Encoding.UTF8.GetBytes(Calls.Any(r, n)))), stage.Try(finish: false)),
        new("call protobuf", 8, random => Call(random, stage, "application/x-protobuf", (r, n) => Mutation.OfMessage(r, Calls.Parse(Calls.Any(r, n)))), stage.Try(finish: false)),
        new("http", 4, random => Http(random, stage), stage.Try(finish: true)),
        new("http bytes", 2, random => Mutation.OfBytes(random, Http(random, stage)), stage.Try(finish: true)),
    ];

    private static byte[] Call(Random random, Stage stage, string type, Func<Random, Names, byte[]> make)
    {
        var names = stage.Names(random);
        var body = make(random, names);
        var subscribes = body.AsSpan().IndexOf("\"SUBSCRIBE\""u8) >= 0 || body is [0x10, 0x01, ..];
        var stream = subscribes && random.Next(10) > 0 ? "" : $"Mesos-Stream-Id: {names.Stream}\r\n";
        var accept = random.Next(2) == 0 ? "" : $"Accept: {type}\r\n";
        var head = $"POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\n{stream}{accept}Content-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.Latin1.GetBytes(head), .. body];
    }

    private static byte[] Http(Random random, Stage stage)
    {
        var names = stage.Names(random);
        var body = random.Next(3) == 0 ? [] : Encoding.UTF8.GetBytes(Calls.Any(random, names));
        var text = new StringBuilder($"{Methods[random.Next(Methods.Length)]} {Paths[random.Next(Paths.Length)]} HTTP/1.{(random.Next(20) == 0 ? 0 : 1)}\r\nHost: m\r\n");
        if (random.Next(2) == 0)
        {
            text.Append($"Content-Type: application/json\r\nMesos-Stream-Id: {names.Stream}\r\n");
        }

        for (var more = random.Next(4); more > 0; more--)
        {
            text.Append(Headers[random.Next(Headers.Length)]).Append("\r\n");
        }

        if (random.Next(50) == 0)
        {
            text.Append("X: ").Append('x', random.Next(100_000)).Append("\r\n");
        }

        var chunked = random.Next(4) == 0;
        text.Append(chunked ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {body.Length}\r\n\r\n");
        return [.. Encoding.Latin1.GetBytes(text.ToString()), .. chunked ? Chunks(random, body) : body];
    }

    private static byte[] Chunks(Random random, byte[] body)
    {
        var chunks = new List<byte>();
        for (var at = 0; at < body.Length;)
        {
            var size = Math.Min(body.Length - at, random.Next(1, 500));
            chunks.AddRange(Encoding.ASCII.GetBytes($"{size:x}{(random.Next(10) == 0 ? ";e=v" : "")}\r\n"));
            chunks.AddRange(body.AsSpan(at, size));
            chunks.AddRange("\r\n"u8);
            at += size;
        }

        chunks.AddRange("0\r\n\r\n"u8);
        return [.. chunks];
    }
}
