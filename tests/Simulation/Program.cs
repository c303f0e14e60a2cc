using System.Diagnostics;
using System.Globalization;
using MesosK8sBridge.Simulation.Faults;
using MesosK8sBridge.Simulation.Runs;

var seeds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 3;
var days = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 1;
for (var seed = seeds < 0 ? -seeds : 1; seed <= Math.Abs(seeds); seed++)
{
    var start = Stopwatch.GetTimestamp();
    var tally = new Run(new Scenario(seed, TimeSpan.FromDays(days), args.Length > 2 ? Enum.Parse<FaultKinds>(args[2]) : FaultKinds.None) { KeepsLines = args.Length > 3 }).Go();
    var took = Stopwatch.GetElapsedTime(start);
    Console.WriteLine($"{seed}: {tally.Length.TotalHours} h in {took.TotalSeconds:0.00} s = {tally.Length.TotalHours / took.TotalMinutes:0} h/min, {tally.Tasks} tasks, {tally.Ended} ended, {tally.Updates} updates, {tally.Steps} steps, {tally.Hash} {string.Join(", ", tally.Faults.Select(f => $"{f.Key} {f.Value}"))}");
    if (args.Length > 3) { File.WriteAllLines($"/tmp/w/story{seed}.txt", tally.Lines.Select(l => $"{l.At:dd HH:mm:ss.fff} {l.Line}")); }
    foreach (var violation in tally.Violations.Take(10))
    {
        Console.WriteLine($"  {violation.At:dd HH:mm:ss.fff} {violation.Rule}: {violation.What}");
    }
}
