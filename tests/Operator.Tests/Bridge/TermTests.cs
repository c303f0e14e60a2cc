using System.Net;
using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class TermTests(EmbeddedTestCluster cluster) : IClassFixture<EmbeddedTestCluster>, IFatalErrors
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>There may be launches among what it was asked, which are to be made before another master looks.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public async Task A_term_is_handed_over_whole_only_when_its_master_has_answered_all_it_was_asked(bool answers)
    {
        var options = new BridgeOptions { Listener = new ListenerOptions { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) } };
        var (clock, log) = (TimeProvider.System, NullLogger.Instance);
        var caches = new ClusterCaches(cluster.Kubernetes, clock, () => new Random(1), log);
        using var credentials = new CredentialWatch(cluster.Kubernetes, caches.Frameworks, options.Credentials, clock, new Random(1), log);
        await using var endpoint = new MesosEndpoint(new TermInbox(), options.Listener, clock, NullLoggerFactory.Instance, new Leadership(), credentials);
        await endpoint.StartAsync(CancellationToken.None).WaitAsync(Deadline);
        var events = new EventRecorder(cluster.Kubernetes, new EventRecorderOptions { Component = "c", Instance = "i" }, clock, log);
        var parts = new BridgeParts(options, endpoint, caches, credentials, events, this, clock, () => new Random(1), log);
        await using var term = new Term(parts, cluster.Kubernetes, isOnly: true);
        if (answers)
        {
            term.Start();
        }

        await term.Inbox.PostAsync(new MasterInput.Tick(), CancellationToken.None);

        Assert.Equal(answers, await term.HandOverAsync(answers ? Deadline : TimeSpan.FromMilliseconds(100), CancellationToken.None).WaitAsync(2 * Deadline));
    }

    void IFatalErrors.End(string what, Exception fault) => Assert.Fail(what);
}
