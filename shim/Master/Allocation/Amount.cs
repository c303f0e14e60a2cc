using System.Collections.Immutable;
using MesosK8sBridge.Protocol.V1;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>How much of one resource: a scalar, ranges of numbers, or a set of names.</summary>
/// <remarks>Mesos: src/common/values.cpp.</remarks>
internal abstract record Amount
{
    private Amount()
    {
    }

    public abstract bool IsEmpty { get; }

    /// <summary>A scalar's thousandths; thousands of items for the others.</summary>
    public abstract long Thousandths { get; }

    public static Amount Of(Resource resource) => resource.Type switch
    {
        Type.Scalar => new Scalar(ToThousandths(resource.Scalar?.Value ?? 0)),
        Type.Ranges => Ranges.Of(resource.Ranges?.Range.Select(r => (r.Begin, r.End)) ?? []),
        Type.Set => new Set(resource.Set?.Item.ToImmutableSortedSet(StringComparer.Ordinal) ?? ImmutableSortedSet<string>.Empty),
        _ => new Scalar(0),
    };

    /// <summary>Rounds half away from zero, as llround does.</summary>
    public static long ToThousandths(double value) =>
        (long)Math.Clamp(Math.Round(value * 1000, MidpointRounding.AwayFromZero), -9.2e18, 9.2e18);

    public abstract Amount Plus(Amount other);

    public abstract Amount Minus(Amount other);

    public abstract bool Contains(Amount other);

    public abstract void Write(Resource resource);

    public sealed record Scalar(long Value) : Amount
    {
        public override bool IsEmpty => Value <= 0;

        public override long Thousandths => Value;

        public override Amount Plus(Amount other) => new Scalar(Value + ((Scalar)other).Value);

        public override Amount Minus(Amount other) => new Scalar(Math.Max(0, Value - ((Scalar)other).Value));

        public override bool Contains(Amount other) => ((Scalar)other).Value <= Value;

        public override void Write(Resource resource) =>
            resource.Scalar = new Value.Types.Scalar { Value = Value / 1000 + Value % 1000 / 1000.0 };
    }

    /// <param name="Spans">Both ends belong to a span; sorted, apart from each other.</param>
    public sealed record Ranges(ImmutableArray<(ulong Begin, ulong End)> Spans) : Amount
    {
        public override bool IsEmpty => Spans.IsEmpty;

        public override long Thousandths => Spans.Sum(s => (long)(s.End - s.Begin + 1) * 1000);

        public static Ranges Of(IEnumerable<(ulong Begin, ulong End)> spans)
        {
            var merged = new List<(ulong Begin, ulong End)>();
            foreach (var span in spans.Where(s => s.Begin <= s.End).OrderBy(s => s.Begin))
            {
                if (merged.Count > 0 && (merged[^1].End == ulong.MaxValue || span.Begin <= merged[^1].End + 1))
                {
                    merged[^1] = (merged[^1].Begin, Math.Max(merged[^1].End, span.End));
                }
                else
                {
                    merged.Add(span);
                }
            }

            return new Ranges([.. merged]);
        }

        public override Amount Plus(Amount other) => Of(Spans.Concat(((Ranges)other).Spans));

        public override Amount Minus(Amount other)
        {
            var rest = new List<(ulong Begin, ulong End)>();
            foreach (var span in Spans)
            {
                Cut(span, ((Ranges)other).Spans, rest);
            }

            return new Ranges([.. rest]);
        }

        public override bool Contains(Amount other) =>
            ((Ranges)other).Spans.All(wanted => Spans.Any(s => s.Begin <= wanted.Begin && wanted.End <= s.End));

        public override void Write(Resource resource)
        {
            resource.Ranges = new Value.Types.Ranges();
            resource.Ranges.Range.AddRange(Spans.Select(s => new Value.Types.Range { Begin = s.Begin, End = s.End }));
        }

        private static void Cut((ulong Begin, ulong End) span, ImmutableArray<(ulong Begin, ulong End)> holes, List<(ulong, ulong)> rest)
        {
            var begin = span.Begin;
            foreach (var hole in holes)
            {
                if (hole.End < begin || hole.Begin > span.End)
                {
                    continue;
                }

                if (hole.Begin > begin)
                {
                    rest.Add((begin, hole.Begin - 1));
                }

                if (hole.End >= span.End)
                {
                    return;
                }

                begin = hole.End + 1;
            }

            rest.Add((begin, span.End));
        }
    }

    public sealed record Set(ImmutableSortedSet<string> Items) : Amount
    {
        public override bool IsEmpty => Items.IsEmpty;

        public override long Thousandths => Items.Count * 1000L;

        public override Amount Plus(Amount other) => new Set(Items.Union(((Set)other).Items));

        public override Amount Minus(Amount other) => new Set(Items.Except(((Set)other).Items));

        public override bool Contains(Amount other) => ((Set)other).Items.IsSubsetOf(Items);

        public override void Write(Resource resource)
        {
            resource.Set = new Value.Types.Set();
            resource.Set.Item.AddRange(Items);
        }
    }
}
