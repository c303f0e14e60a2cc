using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Shim.Tests.Validation;

/// <summary>
/// The tables beside this file: texts of a Mesos 1.12 master, to be read beside the facts about it. A line is
/// <c>{"patch"} => the text</c>: what is changed in a message that is right, and what is said about it then; nothing if it
/// still is right. In a patch null removes, an array replaces, and an object changes the elements of an array that it counts.
/// A line that begins with an at sign sets the scene for those below.
/// </summary>
internal static class Table
{
    public static TheoryData<string> Lines(string name)
    {
        var scene = "";
        var lines = new TheoryData<string>();
        foreach (var line in File.ReadLines(Path.Combine(Folder(), name + ".table")))
        {
            if (line.StartsWith('@'))
            {
                scene = line[1..].Trim();
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                lines.Add(scene.Length == 0 ? line : $"{line} @ {scene}");
            }
        }

        return lines;
    }

    /// <returns>The scene, the patch, and the text that is expected.</returns>
    public static (string Scene, string Patch, string Expected) Read(string line)
    {
        var arrow = line.IndexOf(" =>", StringComparison.Ordinal);
        var at = line.IndexOf(" @ ", arrow, StringComparison.Ordinal);
        return (
            at < 0 ? "" : line[(at + 3)..],
            line[..arrow],
            line[(arrow + 3)..(at < 0 ? line.Length : at)].Trim()
                .Replace("\\t", "\t", StringComparison.Ordinal)
                .Replace("\\u007f", "\u007f", StringComparison.Ordinal));
    }

    /// <returns>The right message with the change of a line.</returns>
    public static T Patched<T>(string right, string patch)
        where T : class, IMessage<T>, new() =>
        MesosJson.Parse<T>(Encoding.UTF8.GetBytes(Merged(right, patch)));

    public static string Merged(string right, string patch) => Merge(JsonNode.Parse(right), JsonNode.Parse(patch))!.ToJsonString();

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        if (target is JsonArray array)
        {
            foreach (var (index, change) in changes)
            {
                var i = int.Parse(index, CultureInfo.InvariantCulture);
                array[i] = Merge(array[i], change);
            }

            return array.DeepClone();
        }

        var merged = target as JsonObject ?? [];
        foreach (var (name, change) in changes)
        {
            if (change is null)
            {
                merged.Remove(name);
            }
            else
            {
                merged[name] = Merge(merged[name], change);
            }
        }

        return merged.DeepClone();
    }

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Tables");
}
