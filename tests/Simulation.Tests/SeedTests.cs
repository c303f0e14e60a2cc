using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using MesosK8sBridge.Simulation.Faults;
using MesosK8sBridge.Simulation.Runs;

namespace MesosK8sBridge.Simulation.Tests;

/// <summary>Whole lives of bridges, clusters and frameworks, and the rules that hold in all of them.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);
    private static readonly TimeSpan TimeForFreshSeeds = TimeSpan.FromSeconds(50);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void No_rule_is_broken_while_everything_goes_wrong(int seed) => Hold(new Scenario(seed, Day / 2, FaultKinds.All));

    [Theory]
    [InlineData(FaultKinds.None)]
    [InlineData(FaultKinds.Crashes)]
    [InlineData(FaultKinds.Calls | FaultKinds.Watches)]
    [InlineData(FaultKinds.Leaders | FaultKinds.Rudeness)]
    internal void Each_launch_finds_the_room_it_was_offered_when_nobody_else_uses_the_nodes(FaultKinds faults) => Hold(new Scenario(77, Day / 3, faults));

    /// <summary>Frameworks that stay away for too long: what their tasks held was never free again.</summary>
    [Fact]
    public void What_tasks_of_removed_frameworks_hold_is_free_in_the_end() => Hold(new Scenario(2, Day * 0.6, FaultKinds.Rudeness));

    [Fact]
    public void No_rule_is_broken_with_seeds_that_nobody_has_tried_before()
    {
        var start = Stopwatch.GetTimestamp();
        var hours = 0.0;
        for (var runs = 0; runs == 0 || Stopwatch.GetElapsedTime(start) < TimeForFreshSeeds; runs++)
        {
            var seed = RandomNumberGenerator.GetInt32(1_000, int.MaxValue);
            output.WriteLine($"seed {seed}");
            Hold(new Scenario(seed, Day / 2, FaultKinds.All));
            hours += (Day / 2).TotalHours;
        }

        output.WriteLine($"{hours} simulated hours in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
    }

    [Fact]
    public void A_seed_is_the_same_run_each_time()
    {
        var scenario = new Scenario(4711, Day / 6, FaultKinds.All);
        var (once, again) = (new Run(scenario).Go(), new Run(scenario).Go());
        Assert.Equal(once.Hash, again.Hash);
        Assert.NotEqual(once.Hash, new Run(scenario with { Seed = 4712 }).Go().Hash);
    }

    [Fact]
    public void A_seed_is_the_same_run_in_another_process()
    {
        var info = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "MesosK8sBridge.Simulation"), "--seeds 1 --first 4711 --days 0.125 --faults All")
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(info)!;
        var told = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)));
        Assert.Contains(new Run(new Scenario(4711, Day / 8, FaultKinds.All)).Go().Hash, told, StringComparison.Ordinal);
    }

    private static void Hold(Scenario scenario)
    {
        var tally = new Run(scenario).Go();
        if (tally.Violations.Count > 0)
        {
            Assert.Fail(string.Join('\n', Story.Of(Shrinker.Shrink(tally, mostRuns: 40))));
        }

        Assert.True(tally.Tasks > tally.Length.TotalHours * 10, string.Create(CultureInfo.InvariantCulture, $"only {tally.Tasks} tasks: the frameworks do not get to work"));
        Assert.True(scenario.Faults == FaultKinds.None || tally.Faults.Count > 0);
    }
}
