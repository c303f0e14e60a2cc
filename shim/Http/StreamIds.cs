using System.Security.Cryptography;

namespace MesosK8sBridge.Shim.Http;

/// <summary>Where stream ids come from: random UUIDs, which nobody but their framework can know.</summary>
internal static class StreamIds
{
    public static StreamId Next()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40); // version 4
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80); // the variant of RFC 4122
        return new StreamId(new Guid(bytes, bigEndian: true));
    }
}
