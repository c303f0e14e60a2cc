using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Storage;

namespace MesosK8sBridge.Kubernetes.Embedded.Api;

/// <summary>What every operation of the API needs.</summary>
internal sealed record ApiContext(ObjectStore Store, ResourceRegistry Registry, TimeProvider Clock, IdSource Ids)
{
    public string Now => Timestamps.Seconds(Clock.GetUtcNow());
}

/// <summary>How an object is to be written.</summary>
/// <param name="Manager">Whom the written fields belong to, at most 128 characters.</param>
/// <param name="Force">Server-side apply takes fields from other managers.</param>
internal sealed record WriteOptions(string Manager, bool DryRun = false, bool Force = false)
{
    /// <summary>Of the server's own writes.</summary>
    public static readonly WriteOptions Server = new("kube-apiserver");
}

/// <summary>Unique ids and name suffixes from one source of randomness.</summary>
internal sealed class IdSource(Random random)
{
    private const string NameAlphabet = "bcdfghjklmnpqrstvwxz2456789";
    private readonly Lock _lock = new();

    public string Uid()
    {
        Span<byte> bytes = stackalloc byte[16];
        lock (_lock)
        {
            random.NextBytes(bytes);
        }

        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>A name that begins as asked for, cut to fit, and ends in five random characters.</summary>
    public string Name(string start)
    {
        lock (_lock)
        {
            return start[..Math.Min(start.Length, 58)] + string.Concat(random.GetItems<char>(NameAlphabet, 5));
        }
    }
}
