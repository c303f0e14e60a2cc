using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace MesosK8sBridge.Shim.Http;

/// <summary>Where the Mesos endpoint listens, and how much it lets anybody ask of it.</summary>
public sealed class ListenerOptions
{
    /// <summary>Default 127.0.0.1:5050, Mesos' own port. Port 0: any free one, see <see cref="MesosEndpoint.Address"/>.</summary>
    [Required]
    public IPEndPoint Endpoint { get; set; } = new(IPAddress.Loopback, 5050);

    /// <summary>Largest request body, in bytes; beyond it 413. 1 KiB to 1 GiB, default 32 MiB.</summary>
    [Range(1024L, 1L << 30)]
    public long MaxBodyBytes { get; set; } = 32L << 20;

    /// <summary>Open connections, of which each stream holds one; more are closed at once. Default 16,384.</summary>
    [Range(2, 1_000_000)]
    public int MaxConnections { get; set; } = 16_384;

    /// <summary>Null: plain HTTP.</summary>
    [ValidateObjectMembers]
    public TlsOptions? Tls { get; set; }

    /// <summary>All headers of a request together, in bytes; beyond it 431. 1 KiB to 1 MiB, default 32 KiB.</summary>
    [Range(1024, 1 << 20)]
    public int MaxHeaderBytes { get; set; } = 32 << 10;

    /// <summary>From the first byte of a request to the end of its headers; beyond it 408. 1 s to 10 min, default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Slowest pace of a request's body, in bytes per second, after <see cref="BodyGrace"/>; below it 408. Default 240.</summary>
    [Range(1.0, 1e9)]
    public double MinBodyBytesPerSecond { get; set; } = 240;

    /// <summary>How long a body may be slower than <see cref="MinBodyBytesPerSecond"/>. 2 s to 10 min, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:10:00")]
    public TimeSpan BodyGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a call waits for the master; beyond it 503. 1 s to 10 min, default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Calls of one framework that are read and answered at the same time; further ones wait in line on their connections, for
    /// <see cref="AnswerTimeout"/> at most. 1 to 10,000, default 64.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxCalls { get; set; } = 64;

    /// <summary>Events that may wait for one slow framework before its stream is cut. Default 262,144.</summary>
    [Range(16, 100_000_000)]
    public int MaxWaitingEvents { get; set; } = 262_144;

    /// <summary>The same, in bytes as protobuf. 1 KiB to 4 GiB, default 64 MiB.</summary>
    [Range(1024L, 4L << 30)]
    public long MaxWaitingBytes { get; set; } = 64L << 20;

    /// <summary>How long a stream that has been ended may take to be read to its end. 1 s to 10 min, default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class ListenerOptionsValidator : IValidateOptions<ListenerOptions>;
