using MesosK8sBridge.Fuzz;
using MesosK8sBridge.Shim.Validation;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>A short run of <c>make fuzz</c>, with inputs that are always the same.</summary>
public sealed class FuzzTests
{
    private const int Cases = 1_200;

    [Fact]
    public void What_inputs_are_made_of_is_right()
    {
        foreach (var json in Calls.All(Names.None))
        {
            Assert.Null(CallShape.Check(Calls.Parse(json), principal: null));
        }
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task Nothing_that_comes_in_makes_the_endpoint_fail_hang_or_grow(int seed)
    {
        var run = new FuzzRun(seed, Directory.CreateTempSubdirectory("fuzz-").FullName, TimeProvider.System);

        await run.RunAsync(done => done < Cases && !TestContext.Current.CancellationToken.IsCancellationRequested);

        Assert.Empty(run.Findings);
        Assert.NotEqual(0, run.Launched);
    }
}
