using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MesosK8sBridge.Protocol;

/// <summary>A set of whole numbers as disjoint, sorted ranges that do not touch: ports, mostly. Immutable.</summary>
/// <remarks>Both ends of a range belong to it. Mesos: src/common/values.cpp.</remarks>
public sealed class RangeSet : IEquatable<RangeSet>
{
    private readonly ImmutableArray<(ulong Begin, ulong End)> _ranges;

    private RangeSet(ImmutableArray<(ulong Begin, ulong End)> ranges)
    {
        _ranges = ranges;
    }

    public static RangeSet Empty { get; } = new([]);

    public ImmutableArray<(ulong Begin, ulong End)> Ranges => _ranges;

    public bool IsEmpty => _ranges.IsEmpty;

    /// <summary>How many numbers; saturates at <see cref="ulong.MaxValue"/>, which only the set of all 2^64 exceeds.</summary>
    public ulong Count
    {
        get
        {
            var count = UInt128.Zero;
            foreach (var (begin, end) in _ranges)
            {
                count += (UInt128)(end - begin) + 1;
            }

            return ulong.CreateSaturating(count);
        }
    }

    /// <summary>Every number of the set, smallest first. Beware of large sets.</summary>
    public IEnumerable<ulong> Numbers
    {
        get
        {
            foreach (var (begin, end) in _ranges)
            {
                for (var number = begin; ; number++)
                {
                    yield return number;
                    if (number == end)
                    {
                        break;
                    }
                }
            }
        }
    }

    public static RangeSet Of(ulong begin, ulong end) => Of((begin, end));

    /// <summary>In any order, overlapping or touching; a range that ends before it begins is left out.</summary>
    public static RangeSet Of(params ReadOnlySpan<(ulong Begin, ulong End)> ranges)
    {
        var sorted = new List<(ulong Begin, ulong End)>(ranges.Length);
        foreach (var range in ranges)
        {
            if (range.Begin <= range.End)
            {
                sorted.Add(range);
            }
        }

        sorted.Sort();
        return Merged(sorted);
    }

    public RangeSet Union(RangeSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return IsEmpty ? other : Contains(other) ? this : Of([.. _ranges, .. other._ranges]);
    }

    public RangeSet Except(RangeSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var left = ImmutableArray.CreateBuilder<(ulong Begin, ulong End)>(_ranges.Length + 1);
        var at = 0;
        foreach (var (begin, end) in _ranges)
        {
            at = Cut(begin, end, other._ranges, at, left);
        }

        return new RangeSet(left.DrainToImmutable());
    }

    /// <returns>The index of the first hole that may reach into the next range.</returns>
    private static int Cut(
        ulong begin, ulong end, ImmutableArray<(ulong Begin, ulong End)> holes, int at, ImmutableArray<(ulong Begin, ulong End)>.Builder left)
    {
        while (at < holes.Length && holes[at].End < begin)
        {
            at++;
        }

        for (; at < holes.Length && holes[at].Begin <= end; at++)
        {
            if (holes[at].Begin > begin)
            {
                left.Add((begin, holes[at].Begin - 1));
            }

            if (holes[at].End >= end)
            {
                return at;
            }

            begin = holes[at].End + 1;
        }

        left.Add((begin, end));
        return at;
    }

    public bool Contains(ulong number) => Contains(number, number);

    public bool Contains(RangeSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (var (begin, end) in other._ranges)
        {
            if (!Contains(begin, end))
            {
                return false;
            }
        }

        return true;
    }

    private bool Contains(ulong begin, ulong end)
    {
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].End < begin)
            {
                low = middle + 1;
            }
            else if (_ranges[middle].Begin > begin)
            {
                high = middle - 1;
            }
            else
            {
                return _ranges[middle].End >= end;
            }
        }

        return false;
    }

    public bool Equals([NotNullWhen(true)] RangeSet? other) => other is not null && _ranges.AsSpan().SequenceEqual(other._ranges.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as RangeSet);

    public override int GetHashCode() => _ranges.IsEmpty ? 0 : HashCode.Combine(_ranges.Length, _ranges[0], _ranges[^1]);

    /// <returns><c>[31000-31005, 31010-31010]</c></returns>
    public override string ToString() =>
        $"[{string.Join(", ", _ranges.Select(range => string.Create(CultureInfo.InvariantCulture, $"{range.Begin}-{range.End}")))}]";

    private static RangeSet Merged(List<(ulong Begin, ulong End)> sorted)
    {
        var merged = ImmutableArray.CreateBuilder<(ulong Begin, ulong End)>(sorted.Count);
        foreach (var range in sorted)
        {
            if (merged.Count > 0 && (merged[^1].End == ulong.MaxValue || range.Begin <= merged[^1].End + 1))
            {
                merged[^1] = (merged[^1].Begin, Math.Max(merged[^1].End, range.End));
                continue;
            }

            merged.Add(range);
        }

        return new RangeSet(merged.DrainToImmutable());
    }
}
