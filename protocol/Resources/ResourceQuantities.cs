using System.Collections;
using System.Diagnostics.CodeAnalysis;
using MesosK8sBridge.Protocol.V1;
using Type = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Protocol;

/// <summary>How much of each name there is, whatever it is reserved for: names sorted, amounts in thousandths and above 0. Immutable.</summary>
/// <remarks>A port or an item of a set counts as 1. Mesos: src/common/resource_quantities.cpp.</remarks>
[SuppressMessage("Naming", "CA1710", Justification = "The domain's own word, as in Mesos.")]
public sealed class ResourceQuantities : IReadOnlyList<KeyValuePair<string, long>>, IEquatable<ResourceQuantities>
{
    private readonly KeyValuePair<string, long>[] _quantities;

    private ResourceQuantities(KeyValuePair<string, long>[] quantities)
    {
        _quantities = quantities;
    }

    public static ResourceQuantities Empty { get; } = new([]);

    public int Count => _quantities.Length;

    public bool IsEmpty => _quantities.Length == 0;

    public KeyValuePair<string, long> this[int index] => _quantities[index];

    /// <summary>In thousandths; 0 if there is none.</summary>
    public long this[string name] => Array.Find(_quantities, quantity => quantity.Key == name).Value;

    /// <summary>Amounts of one name are added up; those not above 0 are left out.</summary>
    public static ResourceQuantities Of(IEnumerable<KeyValuePair<string, long>> thousandths)
    {
        var sums = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, amount) in thousandths)
        {
            if (amount > 0)
            {
                sums[name] = Thousandths.Sum(sums.GetValueOrDefault(name), amount);
            }
        }

        return sums.Count == 0 ? Empty : new ResourceQuantities([.. sums]);
    }

    /// <summary>Scalars, ranges and sets.</summary>
    public static ResourceQuantities Of(Resources resources) =>
        Of(resources.Select(item => KeyValuePair.Create(item.Name, item.Quantity)));

    /// <summary>Scalars only, as quota and fair shares count.</summary>
    public static ResourceQuantities OfScalars(Resources resources) =>
        Of(resources.Where(item => item.Type == Type.Scalar).Select(item => KeyValuePair.Create(item.Name, item.Thousandths)));

    /// <summary>From a message's map of names to scalars.</summary>
    public static ResourceQuantities Of(IEnumerable<KeyValuePair<string, Value.Types.Scalar>> scalars) =>
        Of(scalars.Select(scalar => KeyValuePair.Create(scalar.Key, Thousandths.FromDouble(scalar.Value.Value))));

    /// <summary>Reads <c>cpus:0.01;mem:32</c>. Zero amounts are left out.</summary>
    /// <exception cref="FormatException">The text is none, in Mesos's words.</exception>
    public static ResourceQuantities Parse(string text) => Of(ResourceParser.Tokens(text, ';').Select(ParseToken));

    private static KeyValuePair<string, long> ParseToken(string token)
    {
        var pair = ResourceParser.Tokens(token, ':');
        if (pair.Count != 2)
        {
            throw new FormatException($"Failed to parse '{token}': missing or extra ':'");
        }

        var value = ValueParser.TryParse(pair[1], out var complaint)
            ?? throw new FormatException($"Failed to parse '{pair[1]}' to quantity: {complaint}");
        return value switch
        {
            { Type: not Type.Scalar } => throw new FormatException($"Failed to parse '{pair[1]}' to quantity: only scalar values are allowed"),
            { Scalar.Value: < 0 } => throw new FormatException($"Failed to parse '{pair[1]}' to quantity: negative values are not allowed"),
            _ => KeyValuePair.Create(pair[0].Trim(), Thousandths.FromDouble(value.Scalar.Value)),
        };
    }

    public ResourceQuantities Add(ResourceQuantities other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other.IsEmpty ? this : IsEmpty ? other : Of(_quantities.Concat(other._quantities));
    }

    /// <summary>What is left of each name; nothing where more is taken than there is.</summary>
    public ResourceQuantities Subtract(ResourceQuantities other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Of(_quantities.Select(quantity => KeyValuePair.Create(quantity.Key, quantity.Value - other[quantity.Key])));
    }

    public static ResourceQuantities operator +(ResourceQuantities left, ResourceQuantities right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Add(right);
    }

    public static ResourceQuantities operator -(ResourceQuantities left, ResourceQuantities right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Subtract(right);
    }

    public bool Contains(ResourceQuantities other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Array.TrueForAll(other._quantities, quantity => this[quantity.Key] >= quantity.Value);
    }

    public bool Equals([NotNullWhen(true)] ResourceQuantities? other) =>
        other is not null && _quantities.AsSpan().SequenceEqual(other._quantities);

    public override bool Equals(object? obj) => Equals(obj as ResourceQuantities);

    public override int GetHashCode() => _quantities.Aggregate(Count, HashCode.Combine);

    public IEnumerator<KeyValuePair<string, long>> GetEnumerator() => _quantities.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <returns><c>cpus:0.01; mem:32</c>; <c>{}</c> if empty.</returns>
    public override string ToString() => IsEmpty
        ? "{}"
        : string.Join("; ", _quantities.Select(quantity => $"{quantity.Key}:{Thousandths.Print(quantity.Value)}"));
}
