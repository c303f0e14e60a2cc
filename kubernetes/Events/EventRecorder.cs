using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Events;

public sealed record EventRecorderOptions
{
    /// <summary>What records, e.g. <c>mesos-bridge</c>.</summary>
    public required string Component { get; init; }

    /// <summary>Which of its processes, e.g. the Pod's name.</summary>
    public required string Instance { get; init; }

    /// <summary>Events that may wait; more are dropped. Default 1,000.</summary>
    public int Capacity { get; init; } = 1_000;

    /// <summary>Within this time an event like an earlier one only raises its count. Default 10 min.</summary>
    public TimeSpan Memory { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Events remembered for that. Default 4,096.</summary>
    public int Remembered { get; init; } = 4_096;

    /// <summary>Events one object may have at once. Default 25.</summary>
    public int Burst { get; init; } = 25;

    /// <summary>After which an object may have one more. Default 30 s.</summary>
    public TimeSpan Refill { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one write may take, and the rest of them when the recorder is stopped. Default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Tells people what happened to an object, where <c>kubectl describe</c> shows it. Recording never waits and never fails.</summary>
/// <remarks>Kubernetes: client-go/tools/record (event.go, events_cache.go).</remarks>
public sealed class EventRecorder
{
    private const int LongestMessage = 1024;

    private readonly IKubernetes _kubernetes;

    private readonly EventRecorderOptions _options;

    private readonly TimeProvider _clock;

    private readonly ILogger _logger;

    /// <summary>Drops what does not fit: an event is worth less than the work it tells of.</summary>
    private readonly Channel<Occurrence> _queue;

    private readonly EventMemory _memory;

    private long _dropped;

    private long _reported;

    public EventRecorder(IKubernetes kubernetes, EventRecorderOptions options, TimeProvider clock, ILogger logger)
    {
        _kubernetes = kubernetes;
        _options = options;
        _clock = clock;
        _logger = logger;
        _memory = new(options, clock);
        _queue = Channel.CreateBounded<Occurrence>(
            new BoundedChannelOptions(options.Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite },
            _ => Interlocked.Increment(ref _dropped));
    }

    /// <summary>Events lost because too many came at once, all in all or about one object.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <param name="reason">One word in CamelCase.</param>
    public void Normal(IKubernetesObject about, string reason, string message) => Record(about.ToReference(), "Normal", reason, message);

    /// <inheritdoc cref="Normal"/>
    public void Warning(IKubernetesObject about, string reason, string message) => Record(about.ToReference(), "Warning", reason, message);

    /// <param name="about">Its resource version is not part of what makes two events alike.</param>
    /// <param name="type"><c>Normal</c> or <c>Warning</c>.</param>
    /// <param name="message">Cut after 1,024 characters, as the API server takes no more.</param>
    public void Record(V1ObjectReference about, string type, string reason, string message)
    {
        var cut = message.Length <= LongestMessage ? message : string.Concat(message.AsSpan(0, LongestMessage - 1), "…");
        _queue.Writer.TryWrite(new(about, type, reason, cut, _clock.GetUtcNow()));
    }

    /// <summary>Writes what is recorded until cancelled, and then for a moment what still waits.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var occurrence in _queue.Reader.ReadAllAsync(cancellationToken))
            {
                await WriteAsync(occurrence, cancellationToken);
                ReportDropped();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await DrainAsync();
        }
    }

    private async Task DrainAsync()
    {
        using var deadline = new CancellationTokenSource(_options.Timeout, _clock);
        while (!deadline.IsCancellationRequested && _queue.Reader.TryRead(out var occurrence))
        {
            await WriteAsync(occurrence, deadline.Token);
        }
    }

    private async Task WriteAsync(Occurrence occurrence, CancellationToken cancellationToken)
    {
        if (_memory.Admit(occurrence) is not { } known)
        {
            Interlocked.Increment(ref _dropped);
            return;
        }

        using var deadline = new CancellationTokenSource(_options.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await WriteAsync(known, occurrence, either.Token);
        }
        catch (Exception e) when (e is OperationCanceledException || e.IsForeign())
        {
            // Not repeated: by then it would be old news.
            _logger.EventFailed(e, occurrence.Reason, occurrence.About.Kind, occurrence.About.NamespaceProperty, occurrence.About.Name);
        }
    }

    private async Task WriteAsync(RecordedEvent known, Occurrence occurrence, CancellationToken cancellationToken)
    {
        if (known.Written is { } name && await TryCountAsync(name, known, occurrence, cancellationToken))
        {
            return;
        }

        var created = await _kubernetes.CreateAsync(NewEvent(known, occurrence), cancellationToken);
        known.Written = created.Metadata.Name;
    }

    /// <returns>False if the API server has forgotten the event, as it does after an hour.</returns>
    private async Task<bool> TryCountAsync(string name, RecordedEvent known, Occurrence occurrence, CancellationToken cancellationToken)
    {
        var change = new JsonObject
        {
            ["count"] = known.Count,
            ["message"] = occurrence.Message,
            ["lastTimestamp"] = occurrence.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        try
        {
            await _kubernetes.PatchAsync<Corev1Event>(V1Patch.Merge(change), name, NamespaceOf(occurrence.About), cancellationToken: cancellationToken);
            return true;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    private Corev1Event NewEvent(RecordedEvent known, Occurrence occurrence) => new()
    {
        Metadata = new()
        {
            Name = $"{Cut(occurrence.About.Name)}.{occurrence.At.UtcTicks:x}{known.Serial:x}",
            NamespaceProperty = NamespaceOf(occurrence.About),
        },
        InvolvedObject = occurrence.About,
        Type = occurrence.Type,
        Reason = occurrence.Reason,
        Message = occurrence.Message,
        Count = known.Count,
        FirstTimestamp = known.First,
        LastTimestamp = occurrence.At,
        Source = new() { Component = _options.Component },
        ReportingComponent = _options.Component,
        ReportingInstance = _options.Instance,
    };

    /// <summary>Leaves room for the rest of a name of 253 characters.</summary>
    private static string? Cut(string? name) => name is { Length: > 200 } ? name[..200].TrimEnd('.', '-') : name;

    /// <summary>Events are in a namespace; those about cluster-scoped objects are in <c>default</c>.</summary>
    private static string NamespaceOf(V1ObjectReference about) => string.IsNullOrEmpty(about.NamespaceProperty) ? "default" : about.NamespaceProperty;

    private void ReportDropped()
    {
        var dropped = Dropped;
        if (_queue.Reader.Count == 0 && dropped > _reported)
        {
            _logger.EventsDropped(dropped - _reported);
            _reported = dropped;
        }
    }
}

internal sealed record Occurrence(V1ObjectReference About, string Type, string Reason, string Message, DateTimeOffset At);
