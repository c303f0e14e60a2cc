using System.Globalization;
using MesosK8sBridge.Operator.Cli;

namespace MesosK8sBridge.Operator.Tests.Cli;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("15s", 15)]
    [InlineData("1.5s", 1.5)]
    [InlineData("10secs", 10)]
    [InlineData("2mins", 120)]
    [InlineData("1h30m", 5400)]
    [InlineData("1hrs", 3600)]
    [InlineData("2days", 172800)]
    [InlineData("1weeks", 604800)]
    [InlineData("0s", 0)]
    public void A_number_with_a_unit_is_a_duration(string text, double seconds)
    {
        Assert.True(DurationText.TryParse(text, out var value));
        Assert.Equal(TimeSpan.FromSeconds(seconds), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("15")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("1y")]
    [InlineData("1e3s")]
    [InlineData("999999999999w")]
    public void Anything_else_is_not(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData("00:00:00", "0s")]
    [InlineData("00:00:00.250", "250ms")]
    [InlineData("00:15:00", "15m")]
    [InlineData("01:30:00.5", "1h30m0.5s")]
    [InlineData("365.00:00:00", "365d")]
    public void It_is_shown_in_the_form_it_is_read_in(string value, string text)
    {
        var duration = TimeSpan.Parse(value, CultureInfo.InvariantCulture);

        Assert.Equal(text, DurationText.Format(duration));
        Assert.True(DurationText.TryParse(text, out var again));
        Assert.Equal(duration, again);
    }
}
