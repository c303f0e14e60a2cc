namespace MesosK8sBridge.Operator.Tests.Cli;

public sealed class HostPortTests
{
    [Theory]
    [InlineData("127.0.0.1:5050", "127.0.0.1", 5050)]
    [InlineData("mesos.example:80", "mesos.example", 80)]
    [InlineData("[::1]:5050", "::1", 5050)]
    [InlineData("0.0.0.0:0", "0.0.0.0", 0)]
    public void Host_and_port_are_read_and_written_alike(string text, string host, int port)
    {
        Assert.True(HostPort.TryParse(text, defaultPort: null, out var value));
        Assert.Equal(new HostPort(host, port), value);
        Assert.Equal(text, value!.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":5050")]
    [InlineData("host")]
    [InlineData("host:")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("::1:5050")]
    [InlineData("http://host:5050")]
    public void What_is_neither_is_refused(string text) => Assert.False(HostPort.TryParse(text, defaultPort: null, out _));

    [Fact]
    public void A_default_port_stands_in_for_a_missing_one()
    {
        Assert.True(HostPort.TryParse("mesos.example", defaultPort: 5050, out var value));
        Assert.Equal(new HostPort("mesos.example", 5050), value);
    }
}
