using System.Globalization;
using MesosK8sBridge.Fuzz;

// usage: MesosK8sBridge.Fuzz [--seconds N] [--seed N] [--folder WHERE-TO-PUT-WHAT-IS-FOUND]
var clock = TimeProvider.System;
var seconds = int.Parse(Given("--seconds") ?? "60", CultureInfo.InvariantCulture);
var seed = int.Parse(Given("--seed") ?? (clock.GetUtcNow().Ticks % 1_000_000).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

Console.WriteLine($"seed {seed}, {seconds} s");
var start = clock.GetTimestamp();
var run = new FuzzRun(seed, Given("--folder") ?? "tests/results/fuzz", clock);
await run.RunAsync(_ => clock.GetElapsedTime(start).TotalSeconds < seconds && !stop.IsCancellationRequested);
run.Print(Console.Out);
return run.Findings.Count == 0 ? 0 : 1;

string? Given(string option) => Array.IndexOf(args, option) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
