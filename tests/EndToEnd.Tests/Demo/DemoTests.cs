namespace MesosK8sBridge.EndToEnd.Tests.Demo;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_shows_a_task_that_finishes_one_that_fails_and_one_that_is_killed_within_a_minute()
    {
        var (exitCode, shown) = await BridgeCommand.RunAsync(TimeSpan.FromMinutes(1), "demo");

        Assert.True(exitCode == 0, shown);
        var inOrder = new[] { "Applied mesosframework/demo", "Subscribed with ID", "3 offers: node-", "What became of it" };
        Assert.Equal(inOrder, inOrder.OrderBy(text => shown.IndexOf(text, StringComparison.Ordinal)));
        Assert.All(inOrder, text => Assert.Contains(text, shown, StringComparison.Ordinal));
        Assert.Matches("TASK_FINISHED task 'hello' on node-[1-3]: Command exited with status 0", shown);
        Assert.Matches("TASK_FAILED task 'broken' on node-[1-3]: Command exited with status 3", shown);
        Assert.Matches("TASK_KILLED task 'server' on node-[1-3]: Command terminated with signal Terminated", shown);
        Assert.Matches("Pod hello-[0-9a-f]+ is Succeeded on node-[1-3]", shown);
        Assert.DoesNotContain("Not subscribed", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("NOT AS EXPECTED", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', shown);
    }
}
