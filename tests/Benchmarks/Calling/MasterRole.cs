using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using MesosK8sBridge.Benchmarks.Figures;
using MesosK8sBridge.Benchmarks.Framework;
using MesosK8sBridge.Benchmarks.Memory;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;
using Roles = MesosK8sBridge.Benchmarks.Memory.Roles;

namespace MesosK8sBridge.Benchmarks.Calling;

/// <summary>
/// A <see cref="Child"/> that is a Mesos master and nothing else: endpoint and core as in the bridge, no Kubernetes. Its agents
/// swallow what they are given. Its greeting is the endpoint's port; to <c>warnings</c> it answers with the last one,
/// to <c>heap</c> with the bytes of the managed heap, uncollected.
/// </summary>
internal static class MasterRole
{
    public static async Task RunAsync(int agents)
    {
        using var warnings = new LastWarning();
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(warnings));
        var inbox = new TermInbox();
        await using var endpoint = new MesosEndpoint(inbox, Bridges.Options.Listener, Time.Clock, loggers);
        await endpoint.StartAsync(CancellationToken.None);

        using var metrics = new MasterMetrics();
        var info = MasterIdentity.Of(MesosUuid.OfRandom(RandomNumberGenerator.GetBytes(16)), endpoint.Address, Bridges.Options);
        var loop = new MasterLoop(new MesosMaster(Bridges.Options.Master, info, new Random(1)), new ProcessEnd(loggers.CreateLogger<ProcessEnd>()), Time.Clock, metrics);
        inbox.Open(loop);
        using var stopping = new CancellationTokenSource();
        var running = loop.RunAsync(endpoint, new Swallow(), stopping.Token);
        foreach (var number in Enumerable.Range(1, agents))
        {
            await loop.PostAsync(new MasterInput.AgentObserved(AgentOf(number)), stopping.Token);
        }

        await loop.PostAndWaitAsync(new MasterInput.RecoveryCompleted(), stopping.Token);
        await Roles.ServeAsync(endpoint.Address.Port.ToString(CultureInfo.InvariantCulture), question => question == "heap" ? GC.GetTotalMemory(forceFullCollection: false).ToString(CultureInfo.InvariantCulture) : warnings.Text);
        await stopping.CancelAsync();
        await running;
    }

    private static Agent AgentOf(int number) => new(
        new AgentId($"{MesosUuid.OfRandom(SHA256.HashData(BitConverter.GetBytes(number)).AsSpan(0, 16))}-S0"),
        $"node-{number}.example",
        IPAddress.Loopback.ToString(),
        Port: 5051,
        [.. Resources.Parse("cpus:64;mem:262144;disk:1048576;ports:[31000-32000]").ToProtobuf()],
        [.. AttributeParser.Parse("rack:r1;zone:eu-1a")],
        Domain: null,
        ImmutableSortedDictionary<string, string>.Empty,
        Schedulable: true);

    private sealed class Swallow : IEffectPerformer
    {
        public void Perform(MasterEffect effect)
        {
        }
    }

    private sealed class LastWarning : ILoggerProvider, ILogger
    {
        private volatile string _text = "";

        public string Text => _text;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _text = formatter(state, exception);

        public void Dispose()
        {
        }
    }
}
