namespace MesosK8sBridge.Operator.Fetch;

/// <summary>Decodes one LZMA2 sequence. Whatever is not as it should be is an <see cref="InvalidDataException"/>.</summary>
/// <param name="dictionaryBytes">How far back it may refer.</param>
/// <remarks>
/// LZMA as its specification has it (LZMA SDK, lzma-specification.txt): a range coder over adaptive bits, whose contexts are the last kinds of
/// symbols (the state), the position, and of literals the byte before. LZMA2 is that in chunks of at most 64 KiB, some of them not compressed.
/// </remarks>
internal sealed class Lzma2Decoder(int dictionaryBytes)
{
    private const int States = 12;
    private const int LongestMatch = 273;
    private const ushort Half = 1024;

    private readonly byte[] _window = new byte[dictionaryBytes];
    private readonly byte[] _chunk = new byte[1 << 16];
    private readonly uint[] _distances = new uint[4];
    private byte[] _output = [];
    private int _count;
    private int _place;
    private long _written;

    // The chunk that is under way.
    private int _chunkLength;
    private int _at;
    private int _left;
    private bool _isRaw;
    private bool _hasDictionary;
    private bool _hasProperties;
    private bool _isOver;

    // The range coder and its contexts.
    private uint _range;
    private uint _code;
    private int _state;
    private int _literalContextBits;
    private int _literalPositionMask;
    private int _positionMask;
    private ushort[] _literals = [];
    private readonly ushort[] _isMatch = new ushort[States << 4];
    private readonly ushort[] _isRepeat = new ushort[States];
    private readonly ushort[] _isNotFirst = new ushort[States];
    private readonly ushort[] _isNotSecond = new ushort[States];
    private readonly ushort[] _isNotThird = new ushort[States];
    private readonly ushort[] _isLong = new ushort[States << 4];
    private readonly ushort[] _slots = new ushort[4 << 6];
    private readonly ushort[] _near = new ushort[115];
    private readonly ushort[] _align = new ushort[16];
    private readonly Lengths _matchLengths = new();
    private readonly Lengths _repeatLengths = new();

    /// <returns>About as many bytes as asked for, until the next call; none at the end.</returns>
    public ReadOnlyMemory<byte> Decode(ByteReader source, int about)
    {
        if (_output.Length < about + LongestMatch)
        {
            _output = new byte[about + LongestMatch];
        }

        _count = 0;
        while (_count < about && !_isOver)
        {
            if (_left == 0)
            {
                OpenChunk(source);
            }
            else if (_isRaw)
            {
                Put(_chunk[_at++]);
                _left--;
            }
            else
            {
                DecodeSymbol();
            }
        }

        return _output.AsMemory(0, _count);
    }

    private void OpenChunk(ByteReader source)
    {
        Check(_isRaw || _chunkLength == 0 || (_at == _chunkLength && _code == 0), "a chunk does not end as it should");
        var control = source.Next();
        if (control == 0)
        {
            _isOver = true;
            return;
        }

        _isRaw = control < 0x80;
        Check(!_isRaw || control <= 2, "a chunk is of a kind that is not known");
        if (control == 1 || control >= 0xE0)
        {
            (_hasDictionary, _written, _place) = (true, 0, 0);
        }

        Check(_hasDictionary, "it begins in the middle");
        if (_isRaw)
        {
            _left = _chunkLength = Pair(source) + 1;
            source.Fill(_chunk.AsSpan(0, _chunkLength));
            _at = 0;
            return;
        }

        _left = ((control & 0x1F) << 16) + Pair(source) + 1;
        _chunkLength = Pair(source) + 1;
        if (control >= 0xC0)
        {
            SetProperties(source.Next());
        }

        Check(_hasProperties, "it begins in the middle");
        if (control >= 0xA0)
        {
            ResetState();
        }

        source.Fill(_chunk.AsSpan(0, _chunkLength));
        Check(_chunkLength >= 5 && _chunk[0] == 0, "a chunk does not begin as it should");
        (_range, _code, _at) = (uint.MaxValue, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(_chunk.AsSpan(1)), 5);
    }

    private static int Pair(ByteReader source) => (source.Next() << 8) | source.Next();

    private void SetProperties(byte properties)
    {
        var (context, position, rest) = (properties % 9, properties / 9 % 5, properties / 45);
        Check(rest <= 4 && context + position <= 4, "it has properties that cannot be");
        (_literalContextBits, _literalPositionMask, _positionMask) = (context, (1 << position) - 1, (1 << rest) - 1);
        _literals = new ushort[0x300 << (context + position)];
        _hasProperties = true;
    }

    private void ResetState()
    {
        _state = 0;
        Array.Clear(_distances);
        foreach (var bits in new[] { _literals, _isMatch, _isRepeat, _isNotFirst, _isNotSecond, _isNotThird, _isLong, _slots, _near, _align })
        {
            Array.Fill(bits, Half);
        }

        _matchLengths.Reset();
        _repeatLengths.Reset();
    }

    private void DecodeSymbol()
    {
        var position = (int)_written & _positionMask;
        if (Bit(ref _isMatch[(_state << 4) + position]) == 0)
        {
            Put(Literal());
            _left--;
            _state = _state < 4 ? 0 : _state < 10 ? _state - 3 : _state - 6;
            return;
        }

        var length = Bit(ref _isRepeat[_state]) == 0 ? Match(position) : Repeat(position);
        Check(length <= _left, "a match is longer than its chunk");
        Check(_distances[0] < _written && _distances[0] < _window.Length, "a match refers to nothing");
        _left -= length;
        for (; length > 0; length--)
        {
            Put(Back());
        }
    }

    private byte Literal()
    {
        var before = _written == 0 ? 0 : _window[(_place == 0 ? _window.Length : _place) - 1];
        var bits = _literals.AsSpan(0x300 * ((((int)_written & _literalPositionMask) << _literalContextBits) + (before >> (8 - _literalContextBits))), 0x300);
        var symbol = 1;
        if (_state >= 7)
        {
            Check(_distances[0] < _written && _distances[0] < _window.Length, "a literal refers to nothing");
            for (int matched = Back(); symbol < 0x100; matched <<= 1)
            {
                var expected = (matched >> 7) & 1;
                var bit = Bit(ref bits[((1 + expected) << 8) + symbol]);
                symbol = (symbol << 1) | bit;
                if (bit != expected)
                {
                    break;
                }
            }
        }

        while (symbol < 0x100)
        {
            symbol = (symbol << 1) | Bit(ref bits[symbol]);
        }

        return (byte)symbol;
    }

    private int Match(int position)
    {
        (_distances[3], _distances[2], _distances[1]) = (_distances[2], _distances[1], _distances[0]);
        var length = Length(_matchLengths, position);
        _state = _state < 7 ? 7 : 10;
        var slot = Tree(_slots.AsSpan(Math.Min(length, 3) << 6), 6);
        _distances[0] = slot < 4 ? (uint)slot : Far(slot);
        return length + 2;
    }

    private uint Far(int slot)
    {
        var direct = (slot >> 1) - 1;
        var distance = (2U | (uint)(slot & 1)) << direct;
        return slot < 14
            ? distance + ReversedTree(_near.AsSpan((int)distance - slot), direct)
            : distance + (Direct(direct - 4) << 4) + ReversedTree(_align, 4);
    }

    private int Repeat(int position)
    {
        if (Bit(ref _isNotFirst[_state]) == 0)
        {
            if (Bit(ref _isLong[(_state << 4) + position]) == 0)
            {
                _state = _state < 7 ? 9 : 11;
                return 1;
            }
        }
        else
        {
            var which = Bit(ref _isNotSecond[_state]) == 0 ? 1 : Bit(ref _isNotThird[_state]) == 0 ? 2 : 3;
            var distance = _distances[which];
            Array.Copy(_distances, 0, _distances, 1, which);
            _distances[0] = distance;
        }

        var length = Length(_repeatLengths, position) + 2;
        _state = _state < 7 ? 8 : 11;
        return length;
    }

    private int Length(Lengths lengths, int position) =>
        Bit(ref lengths.Choices[0]) == 0 ? Tree(lengths.Low.AsSpan(position << 3), 3)
        : Bit(ref lengths.Choices[1]) == 0 ? 8 + Tree(lengths.Middle.AsSpan(position << 3), 3)
        : 16 + Tree(lengths.High, 8);

    private int Tree(Span<ushort> bits, int count)
    {
        var symbol = 1;
        for (var i = 0; i < count; i++)
        {
            symbol = (symbol << 1) | Bit(ref bits[symbol]);
        }

        return symbol - (1 << count);
    }

    private uint ReversedTree(Span<ushort> bits, int count)
    {
        var (node, symbol) = (1, 0U);
        for (var i = 0; i < count; i++)
        {
            var bit = Bit(ref bits[node]);
            node = (node << 1) | bit;
            symbol |= (uint)bit << i;
        }

        return symbol;
    }

    private uint Direct(int count)
    {
        var value = 0U;
        for (; count > 0; count--)
        {
            _range >>= 1;
            var isSet = _code >= _range;
            _code -= isSet ? _range : 0;
            value = (value << 1) | (isSet ? 1U : 0);
            Normalize();
        }

        return value;
    }

    private int Bit(ref ushort probability)
    {
        var bound = (_range >> 11) * probability;
        int bit;
        if (_code < bound)
        {
            (_range, bit) = (bound, 0);
            probability += (ushort)((2048 - probability) >> 5);
        }
        else
        {
            (_range, _code, bit) = (_range - bound, _code - bound, 1);
            probability -= (ushort)(probability >> 5);
        }

        Normalize();
        return bit;
    }

    private void Normalize()
    {
        if (_range >= 1U << 24)
        {
            return;
        }

        Check(_at < _chunkLength, "a chunk is too short");
        (_range, _code) = (_range << 8, (_code << 8) | _chunk[_at++]);
    }

    private byte Back()
    {
        var from = _place - (int)_distances[0] - 1;
        return _window[from < 0 ? from + _window.Length : from];
    }

    private void Put(byte value)
    {
        _window[_place++] = _output[_count++] = value;
        _place = _place == _window.Length ? 0 : _place;
        _written++;
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidDataException(otherwise);
        }
    }

    private sealed class Lengths
    {
        public ushort[] Choices { get; } = new ushort[2];

        public ushort[] Low { get; } = new ushort[16 << 3];

        public ushort[] Middle { get; } = new ushort[16 << 3];

        public ushort[] High { get; } = new ushort[256];

        public void Reset()
        {
            foreach (var bits in new[] { Choices, Low, Middle, High })
            {
                Array.Fill(bits, Half);
            }
        }
    }
}
