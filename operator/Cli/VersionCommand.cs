using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace MesosK8sBridge.Operator.Cli;

internal enum OutputFormat
{
    Text,
    Json,
}

internal sealed class VersionCommand : Command
{
    private readonly Setting<OutputFormat> _output = new(
        "--output", "text|json", "How the answer is written.", Readers.Word<OutputFormat>(), OutputFormat.Text, "text")
    { Aliases = { "-o" } };

    public VersionCommand(CommandContext context)
        : base("version", "Say which build this is.")
    {
        Options.Add(_output);
        SetAction(result => Write(context.Out, _output.In(result)));
    }

    private static void Write(TextWriter output, OutputFormat format)
    {
        var (version, commit) = Build();
        if (format == OutputFormat.Text)
        {
            output.WriteLine($"mesos-bridge {version}{(commit.Length > 0 ? $" ({commit})" : "")}, {RuntimeInformation.FrameworkDescription}");
            return;
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("version", version);
            json.WriteString("commit", commit);
            json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
            json.WriteString("platform", RuntimeInformation.RuntimeIdentifier);
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    /// <summary>The build writes "version+commit" into the assembly.</summary>
    private static (string Version, string Commit) Build()
    {
        var text = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? (text, "") : (text[..plus], text[(plus + 1)..]);
    }
}
