using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Operator.Execute;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using MesosK8sBridge.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Tests.Bridge;

/// <summary>Frameworks that prove who they are by what a Secret holds.</summary>
public sealed class AuthenticationTests(EmbeddedTestCluster cluster) : IClassFixture<EmbeddedTestCluster>, IAsyncLifetime
{
    private static int _serial;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(60));
    private readonly string _name = $"a{System.Environment.ProcessId}-{Interlocked.Increment(ref _serial)}";
    private readonly UnsteadyKubernetes _kubernetes = new(cluster.Kubernetes);
    private BridgeHost? _bridge;

    private CancellationToken Deadline => _timeout.Token;

    public async ValueTask InitializeAsync() =>
        await cluster.Kubernetes.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = _name } }, Deadline);

    public async ValueTask DisposeAsync()
    {
        if (_bridge is not null)
        {
            await _bridge.DisposeAsync();
        }

        _timeout.Dispose();
    }

    [Fact]
    public async Task Who_shows_the_secret_is_admitted_and_nobody_else()
    {
        await CreateSecretAsync("open sesame");
        await DeclareAsync();
        await StartAsync();

        await using var right = await SubscribeAsync(_name, "open sesame");
        var wrong = await Assert.ThrowsAsync<SchedulerException>(() => SubscribeAsync(_name, "open barley"));
        var unasked = await Assert.ThrowsAsync<InvalidOperationException>(() => SubscribeAsync());
        var liar = await Assert.ThrowsAsync<SchedulerException>(() => SubscribeAsync(claimed: _name));

        await UntilAsync(async () => (await ResourceAsync()).Status?.Registrations is [{ Info: var info }] && info!.Contains($"\"principal\":\"{_name}\"", StringComparison.Ordinal));
        Assert.Contains("401", wrong.Message, StringComparison.Ordinal);
        Assert.StartsWith("Not authorized", unasked.Message, StringComparison.Ordinal);
        Assert.Contains("401", liar.Message, StringComparison.Ordinal);
        await ConditionAsync("True", "CredentialsLoaded", $"The framework authenticates as '{_name}'");
    }

    [Fact]
    public async Task Where_all_must_authenticate_nobody_comes_unasked()
    {
        await DeclareAsync(secret: null);
        await StartAsync(authenticate: true);

        var unasked = await Assert.ThrowsAsync<SchedulerException>(() => SubscribeAsync());

        Assert.Contains("401", unasked.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_Secret_counts_soon_and_one_taken_away_no_longer()
    {
        await CreateSecretAsync("old");
        await DeclareAsync();
        await StartAsync();
        await using (await SubscribeAsync(_name, "old"))
        {
            await cluster.Kubernetes.PatchAsync<V1Secret>(
                V1Patch.Merge(new JsonObject { ["data"] = new JsonObject { ["secret"] = "bmV3" } }), "s", _name, cancellationToken: Deadline);
        }

        await UntilAsync(() => IsRefusedAsync("old"));
        await using (await SubscribeAsync(_name, "new"))
        {
            await cluster.Kubernetes.DeleteAsync<V1Secret>("s", _name, cancellationToken: Deadline);
        }

        await UntilAsync(() => IsRefusedAsync("new"));
        await ConditionAsync("False", "SecretNotFound", "There is no Secret 's' in this namespace");
    }

    [Fact]
    public async Task While_the_Secret_is_away_nobody_takes_the_framework_s_name_or_principal_though_anybody_may_come()
    {
        await CreateSecretAsync("open sesame");
        await DeclareAsync();
        await StartAsync(admission: Admission.Open);
        await using (await SubscribeAsync(_name, "open sesame"))
        {
            await cluster.Kubernetes.DeleteAsync<V1Secret>("s", _name, cancellationToken: Deadline);
        }

        await ConditionAsync("False", "SecretNotFound", "There is no Secret 's' in this namespace");
        await UntilAsync(() => IsRefusedAsync("open sesame"));
        var liar = await Assert.ThrowsAsync<SchedulerException>(() => SubscribeAsync(claimed: _name));
        var unasked = await Assert.ThrowsAsync<InvalidOperationException>(() => SubscribeAsync());
        await using var another = await SubscribeAsync(name: "another");

        Assert.Contains("401", liar.Message, StringComparison.Ordinal);
        Assert.StartsWith("Not authorized", unasked.Message, StringComparison.Ordinal);
        Assert.NotEmpty(another.Id.Value);
    }

    [Fact]
    public async Task For_a_framework_whose_name_is_taken_no_resource_is_made_that_would_let_it_in_again()
    {
        await StartAsync(admission: Admission.Open);
        await using var stranger = await SubscribeAsync();
        await UntilAsync(() => ExistsAsync(_name));

        await DeclareAsync(name: "taken", principal: "p");
        await cluster.Kubernetes.DeleteAsync<V1Alpha1MesosFramework>(_name, _name, cancellationToken: Deadline);
        await UntilAsync(async () => await WhyRefusedAsync() is { } why && why.StartsWith("Not authorized", StringComparison.Ordinal));
        await using var marker = await SubscribeAsync(name: "marker");
        await UntilAsync(() => ExistsAsync("marker"));

        Assert.False(await ExistsAsync(_name));
    }

    [Fact]
    public async Task A_Secret_that_cannot_be_read_for_the_moment_stays_as_it_was()
    {
        await CreateSecretAsync("open sesame");
        await DeclareAsync();
        await StartAsync();

        _kubernetes.IsDown = true;
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Deadline); // Several readings.
        await using var right = await SubscribeAsync(_name, "open sesame");

        Assert.NotEmpty(right.Id.Value);
    }

    [Fact]
    public async Task A_malformed_Secret_is_named_and_its_content_nowhere()
    {
        await CreateSecretAsync("open sesame", principal: $"{_name}:baba");
        await DeclareAsync();
        await StartAsync();

        var message = "Secret 's': 'principal' has a colon in it, which HTTP Basic authentication cannot carry";
        await ConditionAsync("False", "SecretMalformed", message);
        var status = CustomResources.Json.Serialize(await ResourceAsync());

        Assert.DoesNotContain("baba", status, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", status, StringComparison.Ordinal);
    }

    // ---- steps ----

    private Task CreateSecretAsync(string secret, string? principal = null) => cluster.Kubernetes.CreateAsync(
        new V1Secret
        {
            Metadata = new V1ObjectMeta { Name = "s", NamespaceProperty = _name },
            Data = new Dictionary<string, byte[]> { ["principal"] = Encoding.UTF8.GetBytes(principal ?? _name), ["secret"] = Encoding.UTF8.GetBytes(secret) },
        },
        Deadline);

    private Task DeclareAsync(string? secret = "s", string? name = null, string? principal = null) => cluster.Kubernetes.CreateAsync(
        new V1Alpha1MesosFramework
        {
            Metadata = new V1ObjectMeta { Name = name ?? _name, NamespaceProperty = _name },
            Spec = new V1Alpha1MesosFrameworkSpec
            {
                Name = _name,
                Principal = principal,
                CredentialSecretRef = secret is null ? null : new V1LocalObjectReference { Name = secret },
            },
        },
        Deadline);

    private async Task<bool> ExistsAsync(string name) =>
        (await cluster.Kubernetes.ListAsync<V1Alpha1MesosFramework>(_name, cancellationToken: Deadline)).Items.Any(resource => resource.Name() == name);

    private async Task<string?> WhyRefusedAsync()
    {
        try
        {
            await using var admitted = await SubscribeAsync();
            return null;
        }
        catch (InvalidOperationException refused)
        {
            return refused.Message;
        }
    }

    private async Task StartAsync(bool authenticate = false, Admission admission = Admission.Declared)
    {
        _bridge = await BridgeHost.StartAsync(
            _kubernetes,
            new BridgeOptions
            {
                Listener = new ListenerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) },
                Master = new MasterOptions { Admission = admission },
                Namespace = _name,
                StatusInterval = TimeSpan.FromMilliseconds(100),
                StopTimeout = TimeSpan.FromSeconds(1),
                Credentials = new CredentialSettings { AuthenticateFrameworks = authenticate, Refresh = TimeSpan.FromMilliseconds(50) },
            },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            cancellationToken: Deadline);
        await _bridge.Recovered.WaitAsync(Deadline);
    }

    private async Task<TestScheduler> SubscribeAsync(string? principal = null, string? secret = null, string? claimed = null, string? name = null)
    {
        var framework = new FrameworkInfo { User = "nobody", Name = name ?? _name, FailoverTimeout = 3600 };
        if (claimed is not null)
        {
            framework.Principal = claimed;
        }

        return await TestScheduler.SubscribeAsync(
            _bridge!.Address, framework, Deadline, principal is null ? null : new NetworkCredential(principal, secret));
    }

    private async Task<bool> IsRefusedAsync(string secret)
    {
        try
        {
            await using var admitted = await SubscribeAsync(_name, secret);
            return false;
        }
        catch (SchedulerException refused) when (refused.Message.Contains("401", StringComparison.Ordinal))
        {
            return true;
        }
    }

    private async Task ConditionAsync(string status, string reason, string message) => await UntilAsync(async () =>
    {
        return (await ResourceAsync()).Status?.Conditions?.Any(c => (c.Type, c.Status, c.Reason, c.Message) == ("CredentialsReady", status, reason, message)) is true;
    });

    private Task<V1Alpha1MesosFramework> ResourceAsync() => cluster.Kubernetes.GetAsync<V1Alpha1MesosFramework>(_name, _name, Deadline);

    private async Task UntilAsync(Func<Task<bool>> holds)
    {
        while (!await holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Deadline);
        }
    }
}
