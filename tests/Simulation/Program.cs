using System.Diagnostics;
using System.Globalization;
using MesosK8sBridge.Simulation.Faults;
using MesosK8sBridge.Simulation.Runs;

var seeds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 3;
var days = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 1;
for (var seed = 1; seed <= seeds; seed++)
{
    var start = Stopwatch.GetTimestamp();
    var tally = new Run(new Scenario(seed, TimeSpan.FromDays(days), FaultKinds.None) { KeepsLines = args.Length > 2 }).Go();
    var took = Stopwatch.GetElapsedTime(start);
    Console.WriteLine($"{seed}: {tally.Length.TotalHours} h in {took.TotalSeconds:0.00} s = {tally.Length.TotalHours / took.TotalMinutes:0} h/min, {tally.Tasks} tasks, {tally.Ended} ended, {tally.Updates} updates, {tally.Steps} steps, {tally.Hash}");
    foreach (var (at, line) in tally.Lines)
    {
        Console.WriteLine($"  {at:dd HH:mm:ss.fff} {line}");
    }

    foreach (var violation in tally.Violations.Take(10))
    {
        Console.WriteLine($"  {violation.At:dd HH:mm:ss.fff} {violation.Rule}: {violation.What}");
    }
}
