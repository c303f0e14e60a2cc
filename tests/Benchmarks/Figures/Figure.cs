using System.Globalization;

namespace MesosK8sBridge.Benchmarks.Figures;

/// <summary>One number that was measured.</summary>
/// <param name="Method">How, in one line.</param>
internal sealed record Figure(string Group, string Name, double Value, string Unit, string Method)
{
    public string Text => (Math.Abs(Value) switch
    {
        >= 1000 or 0 => Value.ToString("#,0", CultureInfo.InvariantCulture),
        _ when Unit == "bytes" => Value.ToString("0", CultureInfo.InvariantCulture),
        >= 100 => Value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => Value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => Value.ToString("0.00", CultureInfo.InvariantCulture),
    }) + (Unit.Length > 0 ? " " + Unit : "");
}

/// <summary>A part of the benchmarks that did not give its figures, and why.</summary>
internal sealed record Omission(string Group, string Reason);
