using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MesosK8sBridge.Benchmarks.Figures;

/// <summary>All figures of one run: a table for the eye, Markdown and JSON for keeping.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public List<Figure> Figures { get; } = [];

    public List<Omission> Omissions { get; } = [];

    private static string Version =>
        typeof(Operator.Bridge.BridgeHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "?";

    private static string Machine =>
        $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}, {RuntimeInformation.FrameworkDescription}";

    public string ToTable()
    {
        var (names, values) = (Figures.Select(f => f.Name.Length).DefaultIfEmpty().Max(), Figures.Select(f => f.Text.Length).DefaultIfEmpty().Max());
        var text = new StringBuilder().Append("mesos-bridge ").Append(Version).Append(", ").AppendLine(Machine);
        foreach (var group in Figures.GroupBy(f => f.Group))
        {
            text.AppendLine().AppendLine(group.Key);
            foreach (var figure in group)
            {
                text.Append("  ").Append(figure.Name.PadRight(names)).Append("  ").AppendLine(figure.Text.PadLeft(values));
            }
        }

        return AppendOmissions(text, "\n").ToString();
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder().AppendLine("# Measured").AppendLine()
            .Append("mesos-bridge ").Append(Version).Append(", ").Append(Machine).AppendLine(".");
        foreach (var group in Figures.GroupBy(f => f.Group))
        {
            text.AppendLine().Append("## ").AppendLine(group.Key).AppendLine().AppendLine("| figure | value | method |").AppendLine("| --- | ---: | --- |");
            foreach (var figure in group)
            {
                text.Append("| ").Append(figure.Name).Append(" | ").Append(figure.Text).Append(" | ").Append(figure.Method).AppendLine(" |");
            }
        }

        return AppendOmissions(text, "\n").ToString();
    }

    public string ToJson() =>
        JsonSerializer.Serialize(new { Version, Machine, Cores = Environment.ProcessorCount, Figures, Omissions }, Json) + "\n";

    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "bench.md"), ToMarkdown());
        File.WriteAllText(Path.Combine(folder, "bench.json"), ToJson());
    }

    private StringBuilder AppendOmissions(StringBuilder text, string before)
    {
        foreach (var omission in Omissions)
        {
            text.Append(before).Append("not measured: ").Append(omission.Group).Append(": ").AppendLine(omission.Reason);
        }

        return text;
    }
}
