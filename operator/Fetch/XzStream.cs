using System.Runtime.InteropServices;

namespace MesosK8sBridge.Operator.Fetch;

/// <summary>Reads what xz has compressed by LZMA2, which is what it does by default: one stream or several, one after the other.</summary>
/// <param name="source">Read to its end; not closed here.</param>
/// <remarks>The .xz file format, version 1.1.0 (tukaani.org/xz/xz-file-format.txt). Checksums by CRC32 and CRC64 are verified.</remarks>
internal sealed class XzStream(Stream source) : ForwardStream
{
    /// <summary>What <c>xz -9</c> uses; a larger one would not fit into the fetcher's memory.</summary>
    private const long MostDictionary = 64L << 20;

    private const int StepBytes = 1 << 16;
    private const int StreamHeaderBytes = 12;

    private static readonly byte[] Magic = [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0];

    private readonly ByteReader _bytes = new(source);
    private Lzma2Decoder? _decoder;
    private ReadOnlyMemory<byte> _ready;
    private long _blockStart;
    private int _checkType = -1;
    private XzChecksum _checksum;
    private bool _isOver;

    public override int Read(Span<byte> buffer)
    {
        while (_ready.IsEmpty)
        {
            if (_isOver || buffer.IsEmpty || (_decoder is null && !OpenBlock()))
            {
                return 0;
            }

            _ready = _decoder!.Decode(_bytes, StepBytes);
            _checksum.Add(_ready.Span);
            if (_ready.IsEmpty)
            {
                CloseBlock();
            }
        }

        var count = Math.Min(buffer.Length, _ready.Length);
        _ready.Span[..count].CopyTo(buffer);
        _ready = _ready[count..];
        return count;
    }

    private bool OpenBlock()
    {
        while (true)
        {
            if (_checkType < 0 && !OpenStream())
            {
                return false;
            }

            _blockStart = _bytes.Position;
            var size = _bytes.Next();
            if (size > 0)
            {
                ReadBlockHeader((size + 1) * 4);
                return true;
            }

            CloseStream();
        }
    }

    private bool OpenStream()
    {
        // Zeros may fill up the room between streams.
        var isFirst = _bytes.Position == 0;
        do
        {
            if (_bytes.IsAtEnd)
            {
                _isOver = isFirst ? throw new InvalidDataException("it is empty") : true;
                return false;
            }
        }
        while (!isFirst && _bytes.Peek() == 0 && _bytes.Next() == 0);

        Span<byte> header = stackalloc byte[StreamHeaderBytes];
        _bytes.Fill(header);
        Check(header[..6].SequenceEqual(Magic), "it was not made by xz");
        Check(header[6] == 0 && header[7] <= 15, "it is of a kind that is not known");
        _checkType = header[7];
        return true;
    }

    private void ReadBlockHeader(int size)
    {
        var header = new byte[size - 1];
        _bytes.Fill(header);
        var at = 1;
        var flags = header[0];
        Check((flags & 0x3C) == 0, "a block is of a kind that is not known");
        for (var sizes = (flags >> 6) & 3; sizes > 0; sizes >>= 1)
        {
            if ((sizes & 1) == 1)
            {
                Number(header, ref at);
            }
        }

        Check((flags & 3) == 0 && Number(header, ref at) == 0x21 && Number(header, ref at) == 1 && at < header.Length, "it has another filter than LZMA2");
        var exponent = header[at] & 0x3F;
        var dictionary = exponent < 40 ? (2L | (uint)(exponent & 1)) << ((exponent / 2) + 11) : long.MaxValue;
        Check(dictionary <= MostDictionary, $"its dictionary has more than {MostDictionary >> 20} MiB");
        (_decoder, _checksum) = (new Lzma2Decoder((int)dictionary), new XzChecksum(_checkType));
    }

    private void CloseBlock()
    {
        _decoder = null;
        Pad(_blockStart);
        Span<byte> written = stackalloc byte[64];
        written = written[..CheckBytes(_checkType)];
        _bytes.Fill(written);
        Check(_checksum.Is(written), "the checksum of a block is not its content's");
    }

    /// <summary>The index of all blocks, which is for those who do not read from the beginning, and the footer.</summary>
    private void CloseStream()
    {
        for (var records = _bytes.Number() * 2; records > 0; records--)
        {
            _bytes.Number();
        }

        Pad(_blockStart);
        Span<byte> end = stackalloc byte[4 + StreamHeaderBytes];
        _bytes.Fill(end);
        Check(end[^2] == 'Y' && end[^1] == 'Z', "it does not end as it should");
        _checkType = -1;
    }

    private void Pad(long start)
    {
        while ((_bytes.Position - start) % 4 != 0)
        {
            Check(_bytes.Next() == 0, "it is filled up with something");
        }
    }

    private static int CheckBytes(int type) => type == 0 ? 0 : 4 << ((type - 1) / 3);

    private static ulong Number(byte[] header, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 63 && at < header.Length; shift += 7)
        {
            var next = header[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number does not end");
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidDataException(otherwise);
        }
    }
}

/// <summary>Bytes one by one, counted.</summary>
internal sealed class ByteReader(Stream source)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _length;
    private int _at;

    public long Position { get; private set; }

    public bool IsAtEnd => _at == _length && !Refill();

    public byte Peek() => IsAtEnd ? throw new InvalidDataException("it ends too early") : _buffer[_at];

    public byte Next()
    {
        var next = Peek();
        _at++;
        Position++;
        return next;
    }

    public void Fill(Span<byte> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = Next();
        }
    }

    /// <summary>Seven bits a byte, the lowest first.</summary>
    public ulong Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var next = Next();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number does not end");
    }

    private bool Refill()
    {
        (_at, _length) = (0, source.Read(_buffer));
        return _length > 0;
    }
}

/// <summary>CRC32 or CRC64, both with the lowest bit first; of anything else nothing is verified.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct XzChecksum(int type)
{
    private static readonly ulong[] Crc32 = Table(0xEDB88320);
    private static readonly ulong[] Crc64 = Table(0xC96C5795D7870F42);

    private ulong _value = type == 1 ? uint.MaxValue : ulong.MaxValue;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var table = type switch { 1 => Crc32, 4 => Crc64, _ => null };
        if (table is null)
        {
            return;
        }

        var value = _value;
        foreach (var next in bytes)
        {
            value = table[(byte)value ^ next] ^ (value >> 8);
        }

        _value = value;
    }

    public readonly bool Is(ReadOnlySpan<byte> written) => type switch
    {
        1 => System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(written) == (uint)~_value,
        4 => System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(written) == ~_value,
        _ => true,
    };

    private static ulong[] Table(ulong polynomial)
    {
        var table = new ulong[256];
        for (var i = 0; i < table.Length; i++)
        {
            var value = (ulong)i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ polynomial;
            }

            table[i] = value;
        }

        return table;
    }
}
