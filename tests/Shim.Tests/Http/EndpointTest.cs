using System.Collections.Concurrent;
using System.Net;
using MesosK8sBridge.Shim.Http;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>An endpoint on a free port, with a scripted master behind it.</summary>
public abstract class EndpointTest : IAsyncLifetime
{
    private readonly List<IDisposable> _opened = [];

    internal ScriptedMaster Master { get; } = new();

    internal RecordedLog Log { get; } = new();

    internal ListenerOptions Options { get; } = new() { Endpoint = new IPEndPoint(IPAddress.Loopback, 0) };

    internal MesosEndpoint Endpoint => Master.Endpoint!;

    public ValueTask InitializeAsync() => default;

    internal async Task StartAsync(ILeadership? leadership = null, IFrameworkAuthenticator? authenticator = null)
    {
        Master.Endpoint = new MesosEndpoint(Master, Options, TimeProvider.System, Log, leadership, authenticator);
        await Endpoint.StartAsync(TestContext.Current.CancellationToken).Soon();
    }

    internal async Task<Wire> ConnectAsync(int? receiveBuffer = null)
    {
        if (Master.Endpoint is null)
        {
            await StartAsync();
        }

        var wire = await Wire.ConnectAsync(Endpoint.Address, receiveBuffer);
        _opened.Add(wire);
        return wire;
    }

    public async ValueTask DisposeAsync()
    {
        _opened.ForEach(wire => wire.Dispose());
        if (Master.Endpoint is not null)
        {
            await Endpoint.DisposeAsync().Soon();
        }

        Log.Dispose();
        Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>After the endpoint.</summary>
    protected virtual void Dispose()
    {
    }
}

/// <summary>Keeps what the endpoint logs at Information and above.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    public ConcurrentQueue<(LogLevel Level, int Id, string Text)> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Lines.Enqueue((logLevel, eventId.Id, formatter(state, exception) + exception));
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
