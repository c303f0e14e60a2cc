using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator.Nodes;

/// <summary>Amounts of extended resources, in an order that all who count share. Most Pods have none, which is the default value and costs nothing.</summary>
internal readonly struct DeviceAmounts : IEquatable<DeviceAmounts>
{
    private readonly decimal[]? _amounts; // Null: none of any.

    private DeviceAmounts(decimal[] amounts) => _amounts = Array.Exists(amounts, amount => amount != 0) ? amounts : null;

    /// <param name="devices">Names of resources, in the common order.</param>
    public static DeviceAmounts Of(IDictionary<string, ResourceQuantity>? amounts, ImmutableArray<string> devices)
    {
        if (amounts is null)
        {
            return default;
        }

        decimal[]? found = null;
        for (var i = 0; i < devices.Length; i++)
        {
            if (amounts.TryGetValue(devices[i], out var amount))
            {
                (found ??= new decimal[devices.Length])[i] = amount.Value;
            }
        }

        return found is null ? default : new(found);
    }

    /// <param name="amount">Of each index in the common order.</param>
    public static DeviceAmounts Of(Func<int, decimal> amount, int count) => new([.. Enumerable.Range(0, count).Select(amount)]);

    /// <param name="index">In the common order.</param>
    public decimal this[int index] => _amounts is { } amounts ? amounts[index] : 0;

    public DeviceAmounts Plus(DeviceAmounts other) => Combine(this, other, static (a, b) => a + b);

    public DeviceAmounts Minus(DeviceAmounts other) => Combine(this, other, static (a, b) => a - b);

    public DeviceAmounts Max(DeviceAmounts other) => Combine(this, other, Math.Max);

    public bool Equals(DeviceAmounts other) =>
        _amounts is null || other._amounts is null ? ReferenceEquals(_amounts, other._amounts) : _amounts.AsSpan().SequenceEqual(other._amounts);

    public override bool Equals(object? obj) => obj is DeviceAmounts other && Equals(other);

    public override int GetHashCode() => _amounts is { } amounts ? HashCode.Combine(amounts.Length, amounts[0]) : 0;

    public static bool operator ==(DeviceAmounts left, DeviceAmounts right) => left.Equals(right);

    public static bool operator !=(DeviceAmounts left, DeviceAmounts right) => !left.Equals(right);

    private static DeviceAmounts Combine(DeviceAmounts a, DeviceAmounts b, Func<decimal, decimal, decimal> how)
    {
        if (a._amounts is null && b._amounts is null)
        {
            return default;
        }

        var result = new decimal[(a._amounts ?? b._amounts)!.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = how(a[i], b[i]);
        }

        return new(result);
    }
}
