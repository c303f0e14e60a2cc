using System.Globalization;
using System.Numerics;
using System.Text.Json.Serialization;
using MesosK8sBridge.Kubernetes.Json;

namespace MesosK8sBridge.Kubernetes.Models;

/// <summary>
/// An amount such as <c>250m</c>, <c>1.5</c>, <c>128Mi</c> or <c>1e3</c>, held exactly. What was read is written back letter for
/// letter; two ways of writing one amount are equal.
/// </summary>
/// <remarks>
/// Kubernetes: staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go. As there, an amount finer than 10⁻⁹ is rounded
/// away from zero, and one beyond 2⁶³-1 is held to that.
/// </remarks>
[JsonConverter(typeof(ResourceQuantityConverter))]
public readonly struct ResourceQuantity : IEquatable<ResourceQuantity>, IComparable<ResourceQuantity>
{
    private const decimal Largest = long.MaxValue;

    private const int MostDigits = 64;

    private static readonly BigInteger NanosPerUnit = 1_000_000_000;

    private readonly string? _text;

    /// <param name="value">In units: cores, bytes, pieces.</param>
    /// <exception cref="OverflowException">Beyond ±(2⁶³-1).</exception>
    public ResourceQuantity(decimal value)
    {
        if (Math.Abs(value) > Largest)
        {
            throw new OverflowException($"{value} is beyond what a Kubernetes quantity can hold.");
        }

        Value = RoundUpToNano(value);
        _text = null;
    }

    /// <exception cref="FormatException">It is not a quantity.</exception>
    public ResourceQuantity(string text)
    {
        this = Parse(text);
    }

    private ResourceQuantity(decimal value, string text)
    {
        Value = value;
        _text = text;
    }

    /// <summary>In units: cores, bytes, pieces.</summary>
    public decimal Value { get; }

    /// <summary>Thousandths, rounded down: never more than there is.</summary>
    public long ToMilli() => Saturate(decimal.Floor(Value * 1000m));

    /// <summary>Whole units, rounded up, as the scheduler of Kubernetes counts bytes and pieces.</summary>
    public long ToInt64() => Saturate(decimal.Ceiling(Value));

    /// <summary>Whole MiB, rounded down: never more than there is.</summary>
    public long ToMebibytes() => Saturate(decimal.Floor(Value / (1024 * 1024)));

    /// <summary>E.g. 1500 is <c>1500m</c>.</summary>
    public static ResourceQuantity FromMilli(long thousandths) =>
        thousandths % 1000 == 0 ? new(thousandths / 1000m, (thousandths / 1000).ToString()) : new(thousandths / 1000m, $"{thousandths}m");

    /// <summary>E.g. 128 is <c>128Mi</c>.</summary>
    public static ResourceQuantity FromMebibytes(long mebibytes) => new(mebibytes * 1048576m, $"{mebibytes}Mi");

    public static ResourceQuantity FromInt64(long units) => new(units, units.ToString());

    public static ResourceQuantity FromString(string text) => Parse(text);

    public static implicit operator ResourceQuantity(string text) => Parse(text);

    /// <exception cref="FormatException">It is not a quantity.</exception>
    public static ResourceQuantity Parse(string text) =>
        TryParse(text, out var quantity) ? quantity : throw new FormatException($"'{text}' is not a Kubernetes quantity.");

    public static bool TryParse(string? text, out ResourceQuantity quantity)
    {
        quantity = default;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        var rest = text.AsSpan();
        var negative = rest[0] == '-';
        if (rest[0] is '-' or '+')
        {
            rest = rest[1..];
        }

        if (!TakeNumber(ref rest, out var digits, out var decimals) || !TryScale(rest, out var binary, out var exponent))
        {
            return false;
        }

        var value = ToUnits(digits, exponent - decimals, binary);
        quantity = new(negative ? -value : value, text);
        return true;
    }

    public override string ToString() => _text ?? Value.ToString("0.#########", CultureInfo.InvariantCulture) switch
    {
        var whole when !whole.Contains('.') => whole,
        var broken when decimal.IsInteger(Value * 1000m) => $"{Value * 1000m:0}m",
        var broken when decimal.IsInteger(Value * 1_000_000m) => $"{Value * 1_000_000m:0}u",
        _ => $"{Value * 1_000_000_000m:0}n",
    };

    public bool Equals(ResourceQuantity other) => Value == other.Value;

    public override bool Equals(object? obj) => obj is ResourceQuantity other && Equals(other);

    public override int GetHashCode() => Value.GetHashCode();

    public int CompareTo(ResourceQuantity other) => Value.CompareTo(other.Value);

    public static bool operator ==(ResourceQuantity left, ResourceQuantity right) => left.Equals(right);

    public static bool operator !=(ResourceQuantity left, ResourceQuantity right) => !left.Equals(right);

    public static bool operator <(ResourceQuantity left, ResourceQuantity right) => left.Value < right.Value;

    public static bool operator <=(ResourceQuantity left, ResourceQuantity right) => left.Value <= right.Value;

    public static bool operator >(ResourceQuantity left, ResourceQuantity right) => left.Value > right.Value;

    public static bool operator >=(ResourceQuantity left, ResourceQuantity right) => left.Value >= right.Value;

    /// <summary>Digits with at most one point among them, and at least one digit.</summary>
    private static bool TakeNumber(ref ReadOnlySpan<char> rest, out BigInteger digits, out int decimals)
    {
        digits = BigInteger.Zero;
        decimals = 0;
        var (count, point, at) = (0, false, 0);
        for (; at < rest.Length && (char.IsAsciiDigit(rest[at]) || (rest[at] == '.' && !point)); at++)
        {
            if (rest[at] == '.')
            {
                point = true;
                continue;
            }

            digits = (digits * 10) + (rest[at] - '0');
            decimals += point ? 1 : 0;
            count++;
        }

        rest = rest[at..];
        return count is > 0 and <= MostDigits;
    }

    /// <param name="exponent">Of 1024 if binary, else of 10.</param>
    private static bool TryScale(ReadOnlySpan<char> suffix, out int binary, out int exponent)
    {
        (binary, exponent) = suffix switch
        {
            "" => (0, 0),
            "n" => (0, -9),
            "u" => (0, -6),
            "m" => (0, -3),
            "k" => (0, 3),
            "M" => (0, 6),
            "G" => (0, 9),
            "T" => (0, 12),
            "P" => (0, 15),
            "E" => (0, 18),
            "Ki" => (1, 0),
            "Mi" => (2, 0),
            "Gi" => (3, 0),
            "Ti" => (4, 0),
            "Pi" => (5, 0),
            "Ei" => (6, 0),
            _ => (-1, 0),
        };
        return binary >= 0 || TryExponent(suffix, out binary, out exponent);
    }

    private static bool TryExponent(ReadOnlySpan<char> suffix, out int binary, out int exponent)
    {
        (binary, exponent) = (0, 0);
        return suffix[0] is 'e' or 'E'
            && int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
            && exponent is >= -1000 and <= 1000;
    }

    private static decimal ToUnits(BigInteger digits, int exponent, int binary)
    {
        var nanos = digits * BigInteger.Pow(1024, binary);
        var tens = exponent + 9;
        nanos = tens >= 0 ? nanos * BigInteger.Pow(10, tens) : DivideUp(nanos, BigInteger.Pow(10, -tens));
        var largest = new BigInteger(long.MaxValue) * NanosPerUnit;
        return nanos >= largest ? Largest : (decimal)nanos / 1_000_000_000m;
    }

    private static BigInteger DivideUp(BigInteger value, BigInteger divisor) => (value + divisor - 1) / divisor;

    private static decimal RoundUpToNano(decimal value)
    {
        var rounded = decimal.Round(value, 9, MidpointRounding.ToZero);
        return rounded == value ? value : rounded + (Math.Sign(value) * 0.000_000_001m);
    }

    private static long Saturate(decimal value) =>
        value >= long.MaxValue ? long.MaxValue : value <= long.MinValue ? long.MinValue : (long)value;
}
