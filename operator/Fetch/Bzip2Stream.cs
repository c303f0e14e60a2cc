namespace MesosK8sBridge.Operator.Fetch;

/// <summary>Reads what bzip2 has compressed: one stream or several, one after the other.</summary>
/// <param name="source">Read to its end; not closed here.</param>
/// <remarks>
/// Each block is Huffman codes of a move-to-front list of a Burrows-Wheeler transform of runs. Nothing is larger than 900 kB, whatever it
/// grows to. Everything that is not as it should be is an <see cref="InvalidDataException"/>.
/// </remarks>
internal sealed class Bzip2Stream(Stream source) : ForwardStream
{
    private const ulong BlockMark = 0x314159265359;
    private const ulong EndMark = 0x177245385090;
    private const int MostCodeLength = 20;
    private const int SymbolsPerSelector = 50;

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(CrcOf)];

    private readonly BitReader _bits = new(source);
    private uint[] _links = [];
    private int _blockBytes;
    private int _left;
    private uint _next;
    private int _last = -1;
    private int _run;
    private int _repeats;
    private uint _blockCrc;
    private uint _expectedCrc;
    private uint _streamCrc;
    private bool _isInBlock;
    private bool _isOpen;
    private bool _isOver;

    public override int Read(Span<byte> buffer)
    {
        var count = 0;
        while (count < buffer.Length && TryNext(out var value))
        {
            buffer[count++] = value;
        }

        return count;
    }

    private bool TryNext(out byte value)
    {
        value = 0;
        while (true)
        {
            if (_repeats > 0)
            {
                _repeats--;
                return Give(value = (byte)_last);
            }

            if (_left == 0 && !OpenBlock())
            {
                return false;
            }

            if (TryStep(out value))
            {
                return Give(value);
            }
        }
    }

    /// <returns>False if it was the length of a run.</returns>
    private bool TryStep(out byte value)
    {
        var link = _links[_next];
        (value, _next) = ((byte)link, link >> 8);
        _left--;
        if (_run == 4)
        {
            (_repeats, _run) = (value, 0);
            return false;
        }

        _run = value == _last ? _run + 1 : 1;
        _last = value;
        return true;
    }

    private bool Give(byte value)
    {
        _blockCrc = (_blockCrc << 8) ^ CrcTable[(_blockCrc >> 24) ^ value];
        return true;
    }

    /// <returns>False at the end of all.</returns>
    private bool OpenBlock()
    {
        while (!_isOver)
        {
            CloseBlock();
            if (!_isOpen && !OpenStream())
            {
                return false;
            }

            var mark = ((ulong)_bits.Take(24) << 24) | _bits.Take(24);
            if (mark == BlockMark)
            {
                ReadBlock();
                if (_left > 0)
                {
                    return true;
                }
            }
            else
            {
                Check(mark == EndMark, "a block has no beginning");
                Check(_bits.Take(32) == _streamCrc, "the checksum is not the content's");
                _bits.Align();
                _isOpen = false;
            }
        }

        return false;
    }

    private bool OpenStream()
    {
        var isFirst = _blockBytes == 0;
        if (_bits.IsAtEnd)
        {
            Check(!isFirst, "it is empty");
            _isOver = true;
            return false;
        }

        Check(_bits.Take(24) == 0x425A68, "it was not made by bzip2"); // BZh
        var level = (int)_bits.Take(8) - '0';
        Check(level is >= 1 and <= 9, "it has no level");
        _blockBytes = level * 100_000;
        if (_links.Length < _blockBytes)
        {
            _links = new uint[_blockBytes];
        }

        (_isOpen, _streamCrc) = (true, 0);
        return true;
    }

    private void CloseBlock()
    {
        if (_isInBlock)
        {
            _isInBlock = false;
            Check(~_blockCrc == _expectedCrc, "the checksum of a block is not its content's");
            _streamCrc = uint.RotateLeft(_streamCrc, 1) ^ _expectedCrc;
        }
    }

    private void ReadBlock()
    {
        _expectedCrc = _bits.Take(32);
        Check(_bits.Take(1) == 0, "it is of a kind that nobody makes any more");
        var origin = (int)_bits.Take(24);
        var symbols = ReadSymbols();
        var groups = (int)_bits.Take(3);
        Check(groups is >= 2 and <= 6, "a block has no tables");
        var selectors = ReadSelectors(groups);
        var tables = Enumerable.Range(0, groups).Select(_ => new HuffmanTable(ReadLengths(symbols.Length + 2))).ToArray();
        var count = ReadContent(symbols, selectors, tables);
        Check(count == 0 ? origin == 0 : origin < count, "a block begins outside of itself");
        Link(count);
        (_left, _last, _run, _repeats, _blockCrc, _isInBlock) = (count, -1, 0, 0, uint.MaxValue, true);
        _next = count == 0 ? 0 : _links[origin] >> 8;
    }

    private byte[] ReadSymbols()
    {
        var symbols = new List<byte>();
        var rows = _bits.Take(16);
        for (var row = 0; row < 16; row++)
        {
            var columns = (rows & (0x8000 >> row)) == 0 ? 0 : _bits.Take(16);
            for (var column = 0; column < 16; column++)
            {
                if ((columns & (0x8000 >> column)) != 0)
                {
                    symbols.Add((byte)((row * 16) + column));
                }
            }
        }

        Check(symbols.Count > 0, "a block has no symbols");
        return [.. symbols];
    }

    private byte[] ReadSelectors(int groups)
    {
        var selectors = new byte[_bits.Take(15)];
        Check(selectors.Length > 0, "a block has no selectors");
        byte[] recent = [0, 1, 2, 3, 4, 5];
        for (var i = 0; i < selectors.Length; i++)
        {
            var place = 0;
            while (_bits.Take(1) == 1)
            {
                Check(++place < groups, "a selector selects nothing");
            }

            selectors[i] = MoveToFront(recent, place);
        }

        return selectors;
    }

    private int[] ReadLengths(int symbols)
    {
        var lengths = new int[symbols];
        var length = (int)_bits.Take(5);
        for (var i = 0; i < symbols; i++)
        {
            while (true)
            {
                Check(length is >= 1 and <= MostCodeLength, "a code is too long");
                if (_bits.Take(1) == 0)
                {
                    break;
                }

                length += _bits.Take(1) == 0 ? 1 : -1;
            }

            lengths[i] = length;
        }

        return lengths;
    }

    /// <returns>How many bytes the block has, before their runs are made.</returns>
    private int ReadContent(byte[] symbols, byte[] selectors, HuffmanTable[] tables)
    {
        var (count, run, weight, end) = (0, 0L, 1L, symbols.Length + 1);
        for (var i = 0; ; i++)
        {
            Check(i / SymbolsPerSelector < selectors.Length, "a block does not end");
            var symbol = tables[selectors[i / SymbolsPerSelector]].Read(_bits);
            if (symbol <= 1)
            {
                run += weight << symbol;
                weight <<= 1;
                Check(run <= _blockBytes, "a run is too long");
                continue;
            }

            Check(count + run <= _blockBytes, "a block is too long");
            _links.AsSpan(count, (int)run).Fill(symbols[0]);
            count += (int)run;
            (run, weight) = (0, 1);
            if (symbol == end)
            {
                return count;
            }

            Check(count < _blockBytes, "a block is too long");
            _links[count++] = MoveToFront(symbols, symbol - 1);
        }
    }

    /// <summary>Turns the transform round: the upper bits of each place say which comes next.</summary>
    private void Link(int count)
    {
        var places = new int[257];
        for (var i = 0; i < count; i++)
        {
            places[(byte)_links[i] + 1]++;
        }

        for (var i = 1; i < places.Length; i++)
        {
            places[i] += places[i - 1];
        }

        for (var i = 0; i < count; i++)
        {
            _links[places[(byte)_links[i]]++] |= (uint)i << 8;
        }
    }

    private static byte MoveToFront(byte[] list, int place)
    {
        var moved = list[place];
        Array.Copy(list, 0, list, 1, place);
        return list[0] = moved;
    }

    private static uint CrcOf(int value)
    {
        var crc = (uint)value << 24;
        for (var i = 0; i < 8; i++)
        {
            crc = (crc & 0x80000000) == 0 ? crc << 1 : (crc << 1) ^ 0x04C11DB7;
        }

        return crc;
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidDataException(otherwise);
        }
    }

    /// <summary>Codes in the order of their lengths, as all of bzip2's are.</summary>
    private sealed class HuffmanTable
    {
        private readonly int[] _symbols;
        private readonly int[] _counts = new int[MostCodeLength + 1];

        public HuffmanTable(int[] lengths)
        {
            _symbols = [.. Enumerable.Range(0, lengths.Length).OrderBy(symbol => lengths[symbol])];
            foreach (var length in lengths)
            {
                _counts[length]++;
            }
        }

        public int Read(BitReader bits)
        {
            var (code, first, index) = (0, 0, 0);
            for (var length = 1; length <= MostCodeLength; length++)
            {
                code |= (int)bits.Take(1);
                if (code - first < _counts[length])
                {
                    return _symbols[index + code - first];
                }

                index += _counts[length];
                first = (first + _counts[length]) << 1;
                code <<= 1;
            }

            throw new InvalidDataException("a code is none");
        }
    }

    /// <summary>The highest bit of a byte comes first.</summary>
    private sealed class BitReader(Stream source)
    {
        private readonly byte[] _buffer = new byte[1 << 16];
        private int _length;
        private int _position;
        private ulong _bits;
        private int _held;

        public bool IsAtEnd => _held == 0 && !Fill();

        /// <param name="count">1 to 32.</param>
        public uint Take(int count)
        {
            while (_held < count)
            {
                if (_position == _length && !Fill())
                {
                    throw new InvalidDataException("it ends too early");
                }

                _bits = (_bits << 8) | _buffer[_position++];
                _held += 8;
            }

            _held -= count;
            return (uint)((_bits >> _held) & ((1UL << count) - 1));
        }

        /// <summary>To the beginning of a byte.</summary>
        public void Align() => _held -= _held % 8;

        private bool Fill()
        {
            if (_position < _length)
            {
                return true;
            }

            (_position, _length) = (0, source.Read(_buffer));
            return _length > 0;
        }
    }
}
