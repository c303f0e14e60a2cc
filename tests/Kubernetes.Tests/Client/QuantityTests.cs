using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Tests.Client;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("1", "1")]
    [InlineData("+1", "1")]
    [InlineData("-1", "-1")]
    [InlineData(".5", "0.5")]
    [InlineData("5.", "5")]
    [InlineData("100m", "0.1")]
    [InlineData("0.1", "0.1")]
    [InlineData("1500m", "1.5")]
    [InlineData("3u", "0.000003")]
    [InlineData("7n", "0.000000007")]
    [InlineData("0.1n", "0.000000001")]
    [InlineData("-0.1n", "-0.000000001")]
    [InlineData("2k", "2000")]
    [InlineData("2M", "2000000")]
    [InlineData("2G", "2000000000")]
    [InlineData("2T", "2000000000000")]
    [InlineData("2P", "2000000000000000")]
    [InlineData("2E", "2000000000000000000")]
    [InlineData("1Ki", "1024")]
    [InlineData("1.5Ki", "1536")]
    [InlineData("128Mi", "134217728")]
    [InlineData("1.5Gi", "1610612736")]
    [InlineData("1Ti", "1099511627776")]
    [InlineData("1Pi", "1125899906842624")]
    [InlineData("1Ei", "1152921504606846976")]
    [InlineData("1e3", "1000")]
    [InlineData("1E3", "1000")]
    [InlineData("12.5e-1", "1.25")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("8Ei", "9223372036854775807")]
    [InlineData("1e100", "9223372036854775807")]
    [InlineData("-1e100", "-9223372036854775807")]
    [InlineData("7971484Ki", "8162799616")]
    public void An_amount_is_read_exactly(string text, string value)
    {
        var quantity = ResourceQuantity.Parse(text);

        Assert.Equal(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture), quantity.Value);
        Assert.Equal(text, quantity.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("m")]
    [InlineData("1mi")]
    [InlineData("1K")]
    [InlineData("1ki")]
    [InlineData("1KiB")]
    [InlineData("1 Gi")]
    [InlineData(" 1")]
    [InlineData("1.2.3")]
    [InlineData("1e")]
    [InlineData("1e99999")]
    [InlineData("--1")]
    [InlineData("0x10")]
    [InlineData("١")]
    public void What_Kubernetes_refuses_is_refused(string? text) => Assert.False(ResourceQuantity.TryParse(text, out _));

    [Fact]
    public void Ten_thousand_digits_are_refused() => Assert.False(ResourceQuantity.TryParse(new string('9', 10_000), out _));

    [Theory]
    [InlineData("1", "1")]
    [InlineData("0.1", "100m")]
    [InlineData("1.2345", "1234500u")]
    [InlineData("0.0000000001", "1n")]
    [InlineData("-0.25", "-250m")]
    public void A_computed_amount_is_written_without_a_point(string value, string text) =>
        Assert.Equal(text, new ResourceQuantity(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture)).ToString());

    [Theory]
    [InlineData("0.0019", 1)]
    [InlineData("100m", 100)]
    [InlineData("4", 4000)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Thousandths_never_promise_more_than_there_is(string text, long milli) => Assert.Equal(milli, ResourceQuantity.Parse(text).ToMilli());

    [Theory]
    [InlineData("1048575", 0)]
    [InlineData("7971484Ki", 7784)]
    [InlineData("1Gi", 1024)]
    public void Mebibytes_never_promise_more_than_there_is(string text, long mebibytes) =>
        Assert.Equal(mebibytes, ResourceQuantity.Parse(text).ToMebibytes());

    [Fact]
    public void Two_ways_of_writing_one_amount_are_equal()
    {
        Assert.Equal(ResourceQuantity.Parse("1"), ResourceQuantity.Parse("1000m"));
        Assert.Equal(ResourceQuantity.Parse("1Gi").GetHashCode(), ResourceQuantity.Parse("1073741824").GetHashCode());
        Assert.True(ResourceQuantity.Parse("1Gi") > ResourceQuantity.Parse("1G"));
    }

    [Theory]
    [InlineData(1500, "1500m")]
    [InlineData(2000, "2")]
    [InlineData(0, "0")]
    public void Thousandths_are_written_as_people_write_them(long milli, string text) =>
        Assert.Equal(text, ResourceQuantity.FromMilli(milli).ToString());
}
