using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Fuzz;

/// <summary>What the endpoint logs as an error: nothing a request may bring about.</summary>
internal sealed class Faults : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _errors = new();

    public string? Take() => _errors.TryDequeue(out var error) ? error : null;

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _errors.Enqueue($"log {eventId.Id}: {(exception is null ? formatter(state, null) : Signature.Of(exception))}");
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
