namespace MesosK8sBridge.Protocol.Tests;

/// <summary>What a Mesos 1.12.0 master sent, one record a line.</summary>
internal static class Transcript
{
    public static IEnumerable<string> Records(string file) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Transcripts", file));
}
