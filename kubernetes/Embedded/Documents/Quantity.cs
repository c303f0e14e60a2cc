using System.Globalization;
using System.Numerics;

namespace MesosK8sBridge.Kubernetes.Embedded.Documents;

/// <summary>A Kubernetes quantity such as <c>500m</c> or <c>1Gi</c>, exact to a billionth.</summary>
/// <remarks>Kubernetes: apimachinery/pkg/api/resource/quantity.go.</remarks>
internal readonly record struct Quantity(BigInteger Nano, QuantityFormat Format) : IComparable<Quantity>
{
    public const string SyntaxError =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

    private static readonly BigInteger One = 1_000_000_000;
    private static readonly string[] DecimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    private static readonly string[] BinarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    public static bool TryParse(string? text, out Quantity quantity)
    {
        quantity = default;
        var digits = 0;
        while (text is not null && digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.' || (digits == 0 && text[0] is '+' or '-')))
        {
            digits++;
        }

        if (digits == 0 || digits > 60 || !TryScale(text![digits..], out var power, out var binary, out var format)
            || !TryMantissa(text[..digits], out var mantissa, out var decimals))
        {
            return false;
        }

        var numerator = mantissa * One * (binary ? BigInteger.Pow(2, power) : power > 0 ? BigInteger.Pow(10, power) : 1);
        var denominator = BigInteger.Pow(10, decimals + (!binary && power < 0 ? -power : 0));
        quantity = new Quantity(RoundUp(numerator, denominator), format);
        return true;
    }

    public int CompareTo(Quantity other) => Nano.CompareTo(other.Nano);

    /// <summary>This to the next thousandth above, as amounts of resources are kept.</summary>
    public Quantity ToMilli() => this with { Nano = RoundUp(Nano, 1_000_000) * 1_000_000 };

    /// <summary>The canonical form: no fraction, the greatest suffix.</summary>
    public override string ToString()
    {
        if (Nano.IsZero)
        {
            return "0";
        }

        if (Format == QuantityFormat.Binary && Nano % One == 0 && BigInteger.Abs(Nano / One) >= 1024)
        {
            return Reduce(Nano / One, 1024, BinarySuffixes);
        }

        return Format == QuantityFormat.Exponent ? Exponent() : Reduce(Nano, 1000, DecimalSuffixes);
    }

    private string Exponent()
    {
        var (value, exponent) = (Nano, -9);
        while (value % 1000 == 0)
        {
            (value, exponent) = (value / 1000, exponent + 3);
        }

        return exponent == 0 ? $"{value}" : $"{value}e{exponent}";
    }

    private static string Reduce(BigInteger value, int unit, string[] suffixes)
    {
        var suffix = 0;
        while (suffix + 1 < suffixes.Length && value % unit == 0)
        {
            value /= unit;
            suffix++;
        }

        return value.ToString(CultureInfo.InvariantCulture) + suffixes[suffix];
    }

    private static bool TryMantissa(string text, out BigInteger mantissa, out int decimals)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        decimals = point < 0 ? 0 : text.Length - point - 1;
        var digits = point < 0 ? text : text.Remove(point, 1);
        return BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out mantissa)
            && !digits.Contains('.', StringComparison.Ordinal);
    }

    private static bool TryScale(string suffix, out int power, out bool binary, out QuantityFormat format)
    {
        (power, binary, format) = (0, false, QuantityFormat.Decimal);
        if (Array.IndexOf(DecimalSuffixes, suffix) is >= 0 and var index)
        {
            power = (index - 3) * 3;
            return true;
        }

        if (Array.IndexOf(BinarySuffixes, suffix) is > 0 and var step)
        {
            (power, binary, format) = (step * 10, true, QuantityFormat.Binary);
            return true;
        }

        format = QuantityFormat.Exponent;
        return suffix.Length > 1 && suffix[0] is 'e' or 'E'
            && int.TryParse(suffix.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out power) && Math.Abs(power) <= 30;
    }

    private static BigInteger RoundUp(BigInteger numerator, BigInteger denominator)
    {
        var quotient = BigInteger.DivRem(numerator, denominator, out var rest);
        return rest.IsZero ? quotient : quotient + numerator.Sign;
    }
}

internal enum QuantityFormat
{
    Decimal,
    Binary,
    Exponent,
}
