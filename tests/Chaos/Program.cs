using System.Globalization;
using MesosK8sBridge.Chaos;
using MesosK8sBridge.Chaos.Verdict;
using MesosK8sBridge.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

const string Usage = """
    usage: make chaos [ARGS="[--kills N] [--hand-overs N] [--frameworks N] [--seed N] [--lease SECONDS] [--calm] [--embedded]"]

    Kills the leader of two bridges again and again under load, and accounts for every task.

      --kills N        kill -9 of the leader [100]
      --hand-overs N   SIGTERM of the leader [20]
      --frameworks N   [20]
      --seed N         repeats the plan of another run [any]
      --lease SECONDS  how long a leader is missed before another takes over [3]; more where the machine is busy
      --calm           nothing befalls the way to the API server
      --embedded       the embedded API server; by default a real one, if tests/cluster/kube-assets has built it
    """;

var words = new Queue<string>(args);
var clock = TimeProvider.System;
var options = new ChaosOptions
{
    Seed = (int)(clock.GetUtcNow().Ticks / TimeSpan.TicksPerSecond % 1_000_000),
    Folder = Repository.File("tests/results/chaos"),
};
try
{
    while (words.TryDequeue(out var word))
    {
        options = word switch
        {
            "--kills" => options with { Kills = Number() },
            "--hand-overs" => options with { HandOvers = Number() },
            "--frameworks" => options with { Frameworks = Number() },
            "--seed" => options with { Seed = Number() },
            "--lease" => options with { Lease = Number() },
            "--calm" => options with { Troubles = false },
            "--embedded" => options with { Embedded = true },
            _ => throw new FormatException($"unknown: {word}"),
        };
    }
}
catch (Exception e) when (e is FormatException or OverflowException or InvalidOperationException)
{
    Console.Error.WriteLine($"{e.Message}\n{Usage}");
    return 2;
}

var real = new RealApiServer();
await using ApiServerFixture server = !options.Embedded && real.SkipReason is null ? real : new EmbeddedServer();
Console.WriteLine($"{options.Kills} kills and {options.HandOvers} hand-overs, {options.Frameworks} frameworks, {(server is RealApiServer ? "a real" : "the embedded")} API server, seed {options.Seed}");
if (Directory.Exists(options.Folder))
{
    Directory.Delete(options.Folder, recursive: true);
}

using var limit = new CancellationTokenSource(options.Longest);
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    limit.Cancel();
};
var run = new ChaosRun(server, options, NullLogger.Instance, clock, Console.WriteLine);
var wrongs = new List<string>();
try
{
    wrongs.AddRange(await run.RunAsync(limit.Token));
}
catch (Exception fault)
{
    wrongs.Add(limit.IsCancellationRequested ? "the run was given up" : fault.ToString());
}

Summary.Print(AnsiConsole.Console, run.Frameworks, run.Faults, run.EndedByThemselves, options, clock);
foreach (var wrong in wrongs.Take(50))
{
    Console.Error.WriteLine($"WRONG: {wrong}");
}

Console.WriteLine(wrongs.Count == 0 ? "OK: every task is accounted for." : $"FAILED: {wrongs.Count} things are wrong; logs are in {options.Folder}; repeat with --seed {options.Seed}");
return wrongs.Count == 0 ? 0 : 1;

int Number() => int.Parse(words.Dequeue(), NumberStyles.None, CultureInfo.InvariantCulture);
