using MesosK8sBridge.Chaos;
using MesosK8sBridge.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.EndToEnd.Tests;

/// <summary>A little of what <c>make chaos</c> does, on an embedded API server of its own.</summary>
public sealed class ChaosTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly EmbeddedServer _server = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("mkb-chaos-").FullName;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Five_kills_of_the_leader_and_a_hand_over_leave_every_task_accounted_for()
    {
        var options = new ChaosOptions { Seed = 5, Kills = 5, HandOvers = 1, Frameworks = 6, Nodes = 12, Lease = 5, Folder = _folder };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var run = new ChaosRun(_server, options, NullLogger.Instance, TimeProvider.System, TestContext.Current.TestOutputHelper!.WriteLine);

        var wrongs = await run.RunAsync(limit.Token);

        Assert.Empty(wrongs);
        Assert.All(run.Frameworks, framework => Assert.NotEmpty(framework.Gaps));
        Assert.True(run.Frameworks.Sum(framework => framework.Ledger.All.Length) > 10, "hardly a task was launched");
        Directory.Delete(_folder, recursive: true); // Not after a failure: the bridges' logs tell why.
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
