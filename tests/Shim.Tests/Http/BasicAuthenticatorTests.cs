using System.Text;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>HTTP Basic authentication, as a Mesos master does it.</summary>
public sealed class BasicAuthenticatorTests : EndpointTest
{
    // test:s3cret, as a real mesos-execute sends it.
    private const string Right = "Basic dGVzdDpzM2NyZXQ=";

    private const string Unauthorized =
        """
        HTTP/1.1 401 Unauthorized
        Content-Length: 17
        Content-Type: text/plain; charset=utf-8
        Date: (now)
        WWW-Authenticate: Basic realm="mesos-master-scheduler"

        401 Unauthorized.
        """;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Right, "test")]
    [InlineData("Basic YTpiOmM=", "a")] // a:b:c, a secret with a colon
    [InlineData("Basic YTpvbGQ=", "a")] // a:old, its other secret
    [InlineData("Basic ZW1wdHk6", "empty")] // empty:
    [InlineData("Basic w7w6eA==", "ü")]
    [InlineData("Basic dGVzdDpzM2NyZXR4", null)] // test:s3cretx
    [InlineData("Basic dGVzdDpzM2NyZQ==", null)] // test:s3cre
    [InlineData("Basic dGVzdDo=", null)] // test:
    [InlineData("Basic bm9ib2R5OnMzY3JldA==", null)] // nobody:s3cret
    [InlineData("Basic VEVTVDpzM2NyZXQ=", null)] // TEST:s3cret
    [InlineData("Basic dGVzdA==", null)] // test
    [InlineData("Basic OnMzY3JldA==", null)] // :s3cret
    [InlineData("Basic ", null)]
    [InlineData("Basic", null)]
    [InlineData("", null)]
    [InlineData("Basic dGVzdDpzM2NyZXQ", null)] // padding missing
    [InlineData("Basic dGVzdDpzM2NyZXQ= x", null)]
    [InlineData("Basic  dGVzdDpzM2NyZXQ=", null)]
    [InlineData("basic dGVzdDpzM2NyZXQ=", null)]
    [InlineData("Bearer dGVzdDpzM2NyZXQ=", null)]
    [InlineData(null, null)]
    public async Task A_principal_is_who_shows_its_secret(string? header, string? principal)
    {
        var result = await Known(allowAnonymous: false).AuthenticateAsync(header, Ct);

        Assert.Equal(principal, (result as Authentication.Accepted)?.Principal);
        Assert.Equal(principal is null, result is Authentication.Refused { Challenge: "Basic realm=\"mesos-master-scheduler\"" });
    }

    [Fact]
    public async Task The_last_set_of_credentials_counts()
    {
        var authenticator = Known(allowAnonymous: false);

        authenticator.Replace([Of("other", "s3cret")]);

        Assert.IsType<Authentication.Refused>(await authenticator.AuthenticateAsync(Right, Ct));
        Assert.False(authenticator.IsReserved("test"));
        authenticator.Replace([Of("test", "s3cret")]);
        Assert.IsType<Authentication.Accepted>(await authenticator.AuthenticateAsync(Right, Ct));
    }

    [Theory, InlineData(""), InlineData("a:b")]
    public async Task A_principal_that_nobody_could_show_is_no_credential(string principal)
    {
        var authenticator = Known(allowAnonymous: false);

        Assert.Throws<ArgumentException>(() => authenticator.Replace([Of("fine", "x"), Of(principal, "x")]));
        Assert.IsType<Authentication.Accepted>(await authenticator.AuthenticateAsync(Right, Ct));
    }

    [Fact]
    public void A_credential_does_not_show_its_secret() =>
        Assert.Equal("Credential of 'test'", Of("test", "s3cret").ToString());

    [Theory]
    [InlineData(null, true)]
    [InlineData("Basic dGVzdDo=", false)]
    [InlineData("", false)]
    public async Task Where_anonymous_frameworks_are_let_in_a_wrong_secret_still_is_not(string? header, bool allowed) =>
        Assert.Equal(allowed, await Known(allowAnonymous: true).AuthenticateAsync(header, Ct) is Authentication.NotAsked);

    [Theory]
    [InlineData("")]
    [InlineData("Authorization: Basic dGVzdDo=\r\n")]
    [InlineData("Authorization: Basic dGVzdDpzM2NyZXQ=\r\nAuthorization: Basic dGVzdDpzM2NyZXQ=\r\n")]
    public async Task Who_proves_nothing_hears_401_before_its_body_is_looked_at(string header)
    {
        await StartAsync(authenticator: Known(allowAnonymous: false));
        var wire = await ConnectAsync();

        await wire.PostAsync("text/plain", "nonsense"u8, header);

        Assert.Equal(Unauthorized, await wire.ReadAnswerAsync());
        Assert.DoesNotContain(Log.Lines, line => line.Text.Contains("dGVzd", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_proven_principal_goes_with_the_subscription()
    {
        await StartAsync(authenticator: Known(allowAnonymous: false));
        var wire = await ConnectAsync();

        await wire.PostJsonAsync(Subscription(principal: null), $"Authorization: {Right}\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await wire.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("test", (await Master.NextAsync<MasterInput.Subscribe>()).Principal);
    }

    [Fact]
    public async Task A_subscription_under_another_name_is_refused()
    {
        await StartAsync(authenticator: Known(allowAnonymous: false));
        var wire = await ConnectAsync();

        await wire.PostJsonAsync(Subscription("bob"), $"Authorization: {Right}\r\n");

        Assert.Equal(
            """
            HTTP/1.1 400 Bad Request
            Content-Length: 120
            Content-Type: text/plain; charset=utf-8
            Date: (now)

            Failed to validate scheduler::Call: Authenticated principal 'test' does not match principal 'bob' set in `FrameworkInfo`
            """,
            await wire.ReadAnswerAsync());
    }

    [Theory]
    [InlineData(null, "200 OK")]
    [InlineData("stranger", "200 OK")]
    [InlineData("test", "401 Unauthorized")]
    public async Task An_anonymous_framework_may_not_take_a_name_that_has_a_secret(string? principal, string status)
    {
        await StartAsync(authenticator: Known(allowAnonymous: true));
        var wire = await ConnectAsync();

        await wire.PostJsonAsync(Subscription(principal));

        Assert.StartsWith($"HTTP/1.1 {status}\n", await wire.ReadHeadAsync(), StringComparison.Ordinal);
    }

    private static BasicAuthenticator Known(bool allowAnonymous)
    {
        var authenticator = new BasicAuthenticator(allowAnonymous);
        authenticator.Replace([Of("test", "s3cret"), Of("a", "b:c"), Of("a", "old"), Of("empty", ""), Of("ü", "x")]);
        return authenticator;
    }

    private static Credential Of(string principal, string secret) => new(principal, Encoding.UTF8.GetBytes(secret));

    private static string Subscription(string? principal) =>
        """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x","principal":PRINCIPAL}}}"""
            .Replace("PRINCIPAL", principal is null ? "null" : $"\"{principal}\"", StringComparison.Ordinal);
}
