using System.Runtime.CompilerServices;
using System.Text;

namespace MesosK8sBridge.Operator.Tests.Golden;

/// <summary>One folder with what goes in, and what has to come out. <c>UPDATE_GOLDEN=1</c> rewrites what comes out, to be reviewed as a diff.</summary>
internal sealed record GoldenCase(string Folder)
{
    public static bool IsUpdate => Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    public static IEnumerable<string> NamesIn(string kind) =>
        Directory.GetDirectories(Path.Combine(Root(), kind)).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    public static GoldenCase Of(string kind, string name) => new(Path.Combine(Root(), kind, name));

    public string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    /// <param name="outputs">All outputs a case of this kind may have; those that are null must not be there.</param>
    public void Check(params (string File, string? Text)[] outputs)
    {
        foreach (var (file, text) in outputs)
        {
            var path = Path.Combine(Folder, file);
            if (IsUpdate)
            {
                Write(path, text);
            }

            Assert.Equal(text, File.Exists(path) ? File.ReadAllText(path) : null);
        }
    }

    private static void Write(string path, string? text)
    {
        if (text is null)
        {
            File.Delete(path);
            return;
        }

        File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
