using MesosK8sBridge.Simulation.Bugs;
using MesosK8sBridge.Simulation.Faults;
using MesosK8sBridge.Simulation.Runs;

namespace MesosK8sBridge.Simulation.Tests;

/// <summary>A rule that finds no bug is no rule: bugs planted between the real parts are found.</summary>
public sealed class BugTests
{
    private const int MostSeeds = 32;

    public static TheoryData<string> Names => [.. AllBugs.ByName.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_bug_is_found(string name)
    {
        for (var seed = 1; seed <= MostSeeds; seed++)
        {
            if (new Run(new Scenario(seed, TimeSpan.FromHours(8), FaultKinds.All) { Bug = AllBugs.ByName[name] }).Go().Violations.Count > 0)
            {
                return;
            }
        }

        Assert.Fail($"{name} is not found with {MostSeeds} seeds");
    }

    [Fact]
    public void A_failing_seed_tells_a_short_story()
    {
        var failed = new Run(new Scenario(1, TimeSpan.FromHours(8), FaultKinds.All) { Bug = AllBugs.ByName["ended-twice"] }).Go();
        var shrunk = Shrinker.Shrink(failed, mostRuns: 30);
        var story = Story.Of(shrunk).ToList();
        Assert.Contains("seed 1: nothing comes after the end of a task", story);
        Assert.Contains(story, line => line.Contains("VIOLATION", StringComparison.Ordinal));
        Assert.True(shrunk.Faults.Values.Sum() <= failed.Faults.Values.Sum());
        Assert.True(shrunk.Scenario.WithoutFrameworks.Count > 0);
    }
}
