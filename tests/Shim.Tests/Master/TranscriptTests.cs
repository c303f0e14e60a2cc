using System.Runtime.CompilerServices;
using System.Text;

namespace MesosK8sBridge.Shim.Tests.Master;

/// <summary>Conversations as text. <c>UPDATE_TRANSCRIPTS=1</c> rewrites what the master says; the difference is reviewed like code.</summary>
public sealed class TranscriptTests
{
    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(Folder(), "*.session").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_master_says_what_the_transcript_says(string name)
    {
        var path = Path.Combine(Folder(), name + ".session");
        var expected = File.ReadAllText(path);
        var actual = Replay(expected);
        if (System.Environment.GetEnvironmentVariable("UPDATE_TRANSCRIPTS") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_inputs_and_seed_have_the_same_effects(string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder(), name + ".session"));

        Assert.Equal(Replay(text), Replay(text));
    }

    /// <summary>Keeps comments, blank lines and commands; what is indented is what the master says.</summary>
    private static string Replay(string transcript)
    {
        var session = new Session(Session.OptionsOf(transcript));
        var text = new StringBuilder();
        foreach (var line in transcript.TrimEnd().Split('\n').Where(l => !l.StartsWith("  ", StringComparison.Ordinal)))
        {
            text.Append(line).Append('\n');
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            foreach (var effect in session.Do(line))
            {
                text.Append("    ").Append(effect).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../Transcripts"));
}
