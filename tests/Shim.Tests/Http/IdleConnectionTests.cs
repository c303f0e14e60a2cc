namespace MesosK8sBridge.Shim.Tests.Http;

public sealed class IdleConnectionTests : EndpointTest
{
    // The server looks for idle connections once a second, by a clock of its own that nobody can move.
    private static readonly TimeSpan TwoLooks = TimeSpan.FromSeconds(2.5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_may_stay_idle_before_and_between_calls(bool afterOneCall)
    {
        using var wire = await ConnectAsync();
        if (afterOneCall)
        {
            await wire.PostJsonAsync("{}");
            Assert.StartsWith("HTTP/1.1 400", await wire.ReadAnswerAsync().Soon(), StringComparison.Ordinal);
        }

        // Silence is what is expected, so that this wait is for the end of its own deadline.
        await Assert.ThrowsAsync<TimeoutException>(() => wire.ReadAsync(1).WaitAsync(TwoLooks, TestContext.Current.CancellationToken));
    }
}
