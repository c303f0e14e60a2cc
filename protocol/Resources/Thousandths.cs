using System.Globalization;

namespace MesosK8sBridge.Protocol;

/// <summary>Scalar amounts as whole thousandths, in which all of Mesos's arithmetic on scalars is done.</summary>
/// <remarks>So 0.1 + 0.2 is 0.3, and amounts below 0.0005 are nothing. Mesos: src/common/values.cpp.</remarks>
public static class Thousandths
{
    public const long One = 1_000;

    /// <summary>Rounds half away from zero. What does not fit (NaN, infinities, beyond ±9.2e15) is <see cref="long.MinValue"/>, as on x86.</summary>
    public static long FromDouble(double value)
    {
        var rounded = Math.Round(value * One, MidpointRounding.AwayFromZero);
        return rounded is >= long.MinValue and < 9223372036854775808d ? (long)rounded : long.MinValue;
    }

    public static double ToDouble(long thousandths) => (thousandths / One) + (thousandths % One / 1_000d);

    /// <returns>Up to 15 significant digits, as a C++ stream prints them: <c>0.1</c>, <c>1024</c>, <c>1e+15</c>.</returns>
    public static string Print(long thousandths) =>
        ToDouble(thousandths).ToString("G15", CultureInfo.InvariantCulture).Replace('E', 'e');

    /// <summary>Saturates: an overflow must not turn a huge amount into a negative one.</summary>
    internal static long Sum(long left, long right)
    {
        var sum = unchecked(left + right);
        return ((left ^ sum) & (right ^ sum)) < 0 ? (left < 0 ? long.MinValue : long.MaxValue) : sum;
    }
}
