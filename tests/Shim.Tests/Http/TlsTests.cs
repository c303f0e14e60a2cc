using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Tests.Loop;
using Microsoft.Extensions.Options;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>TLS on the listener, and certificates that change while it runs.</summary>
public sealed class TlsTests : EndpointTest
{
    private const string Request =
        "POST /api/v1/scheduler HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\nContent-Length: 48\r\n\r\n"
        + """{"type":"REVIVE","framework_id":{"value":"f-1"}}""";

    private readonly Certificates _files = new();
    private readonly ManualClock _clock = new(DateTimeOffset.UnixEpoch);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_may_come_over_tls()
    {
        _files.Issue("one");
        await StartAsync();
        using var client = await HandshakeAsync();

        await client.WriteAsync(Encoding.ASCII.GetBytes(Request), Ct).Soon();

        Assert.StartsWith("HTTP/1.1 202 Accepted\r\n", await ReadSomeAsync(client), StringComparison.Ordinal);
        Assert.Equal(SslApplicationProtocol.Http11, client.NegotiatedApplicationProtocol);
    }

    [Fact]
    public async Task What_is_between_the_certificate_and_the_root_is_sent()
    {
        _files.Issue("one");
        await StartAsync();
        var sent = new List<string>();

        using var client = await HandshakeAsync(sent);

        Assert.Equal(["CN=one", "CN=above one"], sent);
    }

    [Fact]
    public async Task Plain_http_gets_no_answer_where_tls_is_spoken()
    {
        _files.Issue("one");
        await StartAsync();
        var wire = await Wire.ConnectAsync(Endpoint.Address);

        await wire.SendAsync(Request);

        Assert.False(await wire.IsOpenAsync());
        wire.Dispose();
    }

    [Fact]
    public async Task A_new_certificate_is_shown_to_whoever_comes_next_and_open_connections_stay()
    {
        _files.Issue("one");
        await StartAsync();
        using var first = await HandshakeAsync();

        _files.Issue("two");
        _clock.Advance(TimeSpan.FromSeconds(1));
        using var second = await HandshakeAsync();

        Assert.Equal(("CN=one", "CN=two"), (first.RemoteCertificate!.Subject, second.RemoteCertificate!.Subject));
        await first.WriteAsync(Encoding.ASCII.GetBytes(Request), Ct).Soon();
        Assert.StartsWith("HTTP/1.1 202 Accepted\r\n", await ReadSomeAsync(first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_certificate_is_found_without_anybody_coming()
    {
        _files.Issue("one");
        await StartAsync();

        _files.Issue("two");
        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Contains(Log.Lines, line => line.Id == 1107 && line.Text.Contains("CN=two", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broken_certificate_changes_nothing_and_is_complained_of_once()
    {
        _files.Issue("one");
        await StartAsync();

        _files.Swap(Certificates.Make("two").Certificate, Certificates.Make("three").Key);
        _clock.Advance(TimeSpan.FromSeconds(30));
        _clock.Advance(TimeSpan.FromSeconds(30));
        using (var client = await HandshakeAsync())
        {
            Assert.Equal("CN=one", client.RemoteCertificate!.Subject);
        }

        Assert.Single(Log.Lines, line => line.Id == 1108);
        Assert.DoesNotContain(Log.Lines, line => line.Text.Contains("BEGIN", StringComparison.Ordinal));
        _files.Issue("four");
        _clock.Advance(TimeSpan.FromSeconds(1));
        using var next = await HandshakeAsync();
        Assert.Equal("CN=four", next.RemoteCertificate!.Subject);
    }

    [Fact]
    public async Task Files_that_are_gone_for_a_while_change_nothing()
    {
        _files.Issue("one");
        await StartAsync();

        File.Delete(_files.Key);
        _clock.Advance(TimeSpan.FromSeconds(30));
        using var client = await HandshakeAsync();

        Assert.Equal("CN=one", client.RemoteCertificate!.Subject);
        Assert.Contains(Log.Lines, line => line.Id == 1109);
    }

    [Fact]
    public async Task Without_a_certificate_nothing_starts()
    {
        _files.Swap("nonsense", "nonsense");
        await Assert.ThrowsAsync<CryptographicException>(StartAsync);

        _files.Swap(Certificates.Make("two").Certificate, Certificates.Make("three").Key);
        await Assert.ThrowsAsync<CryptographicException>(StartAsync);

        File.Delete(_files.Key);
        await Assert.ThrowsAsync<FileNotFoundException>(StartAsync);
    }

    [Theory, InlineData("", "k"), InlineData("c", "")]
    public void Both_files_are_needed(string certificate, string key)
    {
        Options.Tls = new TlsOptions { CertificateFile = certificate, KeyFile = key };

        Assert.Throws<OptionsValidationException>(() => new MesosEndpoint(Master, Options, _clock, Log));
    }

    private async Task StartAsync()
    {
        Options.Tls = new TlsOptions { CertificateFile = _files.Certificate, KeyFile = _files.Key };
        Master.Endpoint = new MesosEndpoint(Master, Options, _clock, Log);
        await Endpoint.StartAsync(Ct).Soon();
    }

    private async Task<SslStream> HandshakeAsync(List<string>? chain = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(Endpoint.Address, Ct).Soon();
        var client = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "127.0.0.1",
                ApplicationProtocols = [SslApplicationProtocol.Http11],
                RemoteCertificateValidationCallback = (_, certificate, sent, _) =>
                {
                    chain?.Add(certificate!.Subject);
                    chain?.AddRange(sent!.ChainPolicy.ExtraStore.Select(c => c.Subject).Where(s => s != certificate!.Subject));
                    return true;
                },
            },
            Ct).Soon();
        return client;
    }

    private static async Task<string> ReadSomeAsync(Stream stream)
    {
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, Ct).Soon());
    }

    protected override void Dispose() => _files.Dispose();
}
