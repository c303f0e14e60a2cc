using Google.Protobuf;

namespace MesosK8sBridge.Protocol;

/// <summary>UUIDs as Mesos sends them: 16 raw bytes in reading order, or text in lower case with dashes.</summary>
/// <remarks>Mesos: 3rdparty/stout/include/stout/uuid.hpp.</remarks>
public static class MesosUuid
{
    /// <summary>What Mesos says of bytes or a text that are none.</summary>
    public const string Complaint = "Not a valid UUID";

    private const int Size = 16;

    /// <returns>false, for Mesos's <see cref="Complaint"/>, unless there are exactly 16 bytes. Version and variant are not looked at.</returns>
    public static bool TryParse(ByteString bytes, out Guid uuid)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        uuid = bytes.Length == Size ? new Guid(bytes.Span, bigEndian: true) : default;
        return bytes.Length == Size;
    }

    public static ByteString ToBytes(Guid uuid) => UnsafeByteOperations.UnsafeWrap(uuid.ToByteArray(bigEndian: true));
}
