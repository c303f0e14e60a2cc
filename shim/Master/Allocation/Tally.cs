using System.Collections.Immutable;
using MesosK8sBridge.Protocol;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Shim.Master.Allocation;

/// <summary>
/// How much there is of each scalar, in thousandths, under the numbers of <see cref="ScalarNames"/>. What rounds of allocation
/// reckon with: nothing is looked up by name, and nothing is made anew.
/// </summary>
internal sealed class Tally
{
    private long[] _amounts = [];

    public long this[int number] => number < _amounts.Length ? _amounts[number] : 0;

    /// <summary>All numbers with an amount are below this.</summary>
    public int Reach => _amounts.Length;

    public bool IsZero => !_amounts.AsSpan().ContainsAnyExcept(0L);

    public void Add(int number, long amount)
    {
        Grow(number + 1);
        _amounts[number] += amount;
    }

    public void Add(Tally other)
    {
        Grow(other.Reach);
        for (var i = 0; i < other._amounts.Length; i++)
        {
            _amounts[i] += other._amounts[i];
        }
    }

    public void Subtract(Tally other)
    {
        Grow(other.Reach);
        for (var i = 0; i < other._amounts.Length; i++)
        {
            _amounts[i] -= other._amounts[i];
        }
    }

    public void Clear() => Array.Clear(_amounts);

    private void Grow(int reach)
    {
        if (reach > _amounts.Length)
        {
            Array.Resize(ref _amounts, reach);
        }
    }
}

/// <summary>Names of scalars as small numbers, in the order in which they were first met; never taken back.</summary>
internal sealed class ScalarNames
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>What a tally holds, by name, in units; what there is none of is left out.</summary>
    public ImmutableSortedDictionary<string, double> Read(Tally tally) => _numbers
        .Where(name => tally[name.Value] != 0)
        .ToImmutableSortedDictionary(name => name.Key, name => tally[name.Value] / 1000.0, StringComparer.Ordinal);

    public int NumberOf(string name)
    {
        if (!_numbers.TryGetValue(name, out var number))
        {
            _numbers.Add(name, number = _numbers.Count);
        }

        return number;
    }

    /// <summary>All scalars, for shares; and of them what is subject to quotas.</summary>
    public void Weigh(Resources resources, Tally all, Tally subject)
    {
        all.Clear();
        subject.Clear();
        for (var i = 0; i < resources.Count; i++)
        {
            var item = resources[i];
            if (item.Type == Type.Scalar)
            {
                var number = NumberOf(item.Name);
                all.Add(number, item.Thousandths);
                if (IsSubjectToQuota(item))
                {
                    subject.Add(number, item.Thousandths);
                }
            }
        }
    }

    /// <summary>Quotas count scalars that are neither reserved nor revocable; reservations count for their role in another way.</summary>
    public static bool IsSubjectToQuota(in ResourceItem item) =>
        item.Type == Type.Scalar && item.Metadata is { IsUnreserved: true, IsRevocable: false };
}
