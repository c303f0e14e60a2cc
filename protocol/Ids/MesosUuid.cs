using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace MesosK8sBridge.Protocol;

/// <summary>UUIDs as Mesos sends them: 16 raw bytes in reading order, or text in lower case with dashes.</summary>
/// <remarks>Mesos: 3rdparty/stout/include/stout/uuid.hpp.</remarks>
public static class MesosUuid
{
    /// <summary>What Mesos says of bytes or a text that are none.</summary>
    public const string Complaint = "Not a valid UUID";

    private const int Size = 16;

    /// <returns>
    /// false, for Mesos's <see cref="Complaint"/>, unless there are exactly 16 bytes and their version is one of the five of RFC 4122.
    /// </returns>
    public static bool TryParse(ByteString bytes, out Guid uuid)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        var valid = bytes.Length == Size && (bytes[6] >> 4) is >= 1 and <= 5;
        uuid = valid ? new Guid(bytes.Span, bigEndian: true) : default;
        return valid;
    }

    /// <summary>A uuid that is always the same for the same text.</summary>
    /// <remarks>Marked as version 5, name-based: Mesos refuses a uuid of a version it does not know, and with it the acknowledgement.</remarks>
    public static ByteString Derive(string text)
    {
        var bytes = new byte[Size];
        Hash(text, bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x50);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>A uuid of version 4, as Mesos makes them.</summary>
    /// <param name="random">16 bytes; all but 6 bits of them are kept.</param>
    public static Guid OfRandom(ReadOnlySpan<byte> random)
    {
        Span<byte> bytes = stackalloc byte[Size];
        random[..Size].CopyTo(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The beginning of a SHA-256. Short texts, as those of tasks are, take no memory.</summary>
    private static void Hash(string text, Span<byte> beginning)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var utf8 = most <= 1024 ? stackalloc byte[most] : new byte[most];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(text, utf8)], hash);
        hash[..beginning.Length].CopyTo(beginning);
    }

    public static ByteString ToBytes(Guid uuid) => UnsafeByteOperations.UnsafeWrap(uuid.ToByteArray(bigEndian: true));
}
