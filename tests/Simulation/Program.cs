using System.Diagnostics;
using System.Globalization;
using MesosK8sBridge.Simulation.Bugs;
using MesosK8sBridge.Simulation.Faults;
using MesosK8sBridge.Simulation.Runs;

const string Usage = """
    usage: simulate [--seeds N] [--first SEED] [--days D] [--faults KINDS] [--nodes N] [--frameworks N]
                    [--minutes M] [--bug NAME] [--story FILE]

    Runs the bridge against a simulated cluster and simulated frameworks under a virtual clock.

      --seeds N       runs, each with a seed of its own [10]
      --first SEED    the first of them [1]
      --days D        simulated time of each run [1]
      --faults KINDS  what may go wrong, with commas between: None, Crashes, Calls, Watches, Rudeness,
                      Nodes, People, Leaders, All [All]
      --minutes M     stop beginning new runs after so many minutes of real time
      --bug NAME      plant a bug; "list" names them
      --story FILE    write everything that happens into a file

    Ends with 1 if a rule was broken, after telling how.
    """;

var options = new Dictionary<string, string>(StringComparer.Ordinal);
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || !args[i].StartsWith("--", StringComparison.Ordinal))
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }

    options[args[i][2..]] = args[i + 1];
}

if (options.GetValueOrDefault("bug") == "list")
{
    Console.WriteLine(string.Join('\n', AllBugs.ByName.Keys));
    return 0;
}

var first = Number("first", 1);
var limit = TimeSpan.FromMinutes(options.TryGetValue("minutes", out var minutes) ? double.Parse(minutes, CultureInfo.InvariantCulture) : 1e6);
var campaign = new Campaign(Console.Out);
var start = Stopwatch.GetTimestamp();
for (var seed = first; seed < first + Number("seeds", 10) && Stopwatch.GetElapsedTime(start) < limit; seed++)
{
    var tally = campaign.Run(new Scenario(
        seed,
        TimeSpan.FromDays(double.Parse(options.GetValueOrDefault("days", "1"), CultureInfo.InvariantCulture)),
        Enum.Parse<FaultKinds>(options.GetValueOrDefault("faults", "All")))
    {
        Nodes = Number("nodes", 20),
        Frameworks = Number("frameworks", 5),
        KeepsLines = options.ContainsKey("story"),
        Bug = options.TryGetValue("bug", out var bug) ? AllBugs.ByName[bug] : null,
    });
    campaign.Progress(tally, Stopwatch.GetElapsedTime(start));
    if (options.TryGetValue("story", out var file))
    {
        File.WriteAllLines(file, tally.Lines.Select(line => $"{line.At:dd HH:mm:ss.fff} {line.Line}"));
    }
}

campaign.Summary();
return campaign.HasFailed ? 1 : 0;

int Number(string name, int otherwise) => options.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
