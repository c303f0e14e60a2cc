using System.Globalization;
using System.Reflection;

namespace MesosK8sBridge.Kubernetes.Embedded.Types;

/// <summary>The built-in types, read from <c>core.types</c>.</summary>
internal sealed class TypeCatalogue
{
    private readonly Dictionary<string, TypeNode.Struct> _types = new(StringComparer.Ordinal);

    private TypeCatalogue()
    {
    }

    public static TypeCatalogue BuiltIn { get; } = Load();

    public TypeNode.Struct this[string name] => _types[name];

    public IEnumerable<TypeNode.Struct> All => _types.Values;

    private static TypeCatalogue Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("core.types")!;
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToArray();
        var catalogue = new TypeCatalogue();
        foreach (var line in lines.Where(line => line[0] != ' '))
        {
            var words = line.Split(' ');
            catalogue._types[words[0]] = new TypeNode.Struct(words[0])
            {
                Atomic = words.Contains("atomic"),
                GroupVersionKind = Option(words, "kind"),
            };
        }

        TypeNode.Struct? current = null;
        foreach (var line in lines)
        {
            if (line[0] != ' ')
            {
                current = catalogue._types[line.Split(' ')[0]];
                continue;
            }

            var field = catalogue.Field(line.Trim().Split(' '));
            current!.Fields[field.Name] = field;
        }

        return catalogue;
    }

    private TypeField Field(string[] words) => new(
        words[0].Split('#')[0],
        Type(words[1], words),
        Required: words.Contains("required"),
        Pointer: words.Contains("pointer"),
        Merge: words.Contains("merge") || Option(words, "merge").Length > 0,
        MergeKey: Option(words, "merge"),
        RetainKeys: words.Contains("retainKeys"),
        Number: Numbers(words[0])[^1],
        Default: Option(words, "default"),
        Within: Numbers(words[0]) is [var outer, _] ? outer : 0);

    private static int[] Numbers(string word) =>
        word.Split('#') is [_, var numbers] ? [.. numbers.Split('.').Select(n => int.Parse(n, CultureInfo.InvariantCulture))] : [0];

    private TypeNode Type(string type, string[] options)
    {
        if (type.StartsWith("[]", StringComparison.Ordinal))
        {
            var keys = Option(options, "map");
            var kind = keys.Length > 0 || IsObjectMerge(options) ? ListKind.Map : IsSet(options) ? ListKind.Set : ListKind.Atomic;
            return new TypeNode.List(
                Type(type[2..], []), kind, keys.Length > 0 ? [.. keys.Split(',')] : IsObjectMerge(options) ? [Option(options, "merge")] : []);
        }

        if (type.StartsWith("map:", StringComparison.Ordinal))
        {
            return new TypeNode.Map(Type(type[4..], []), options.Contains("atomic"));
        }

        return _types.TryGetValue(type, out var named) ? named : new TypeNode.Scalar(Kind(type));
    }

    // Where the API declares only a patch strategy, field ownership follows it.
    private static bool IsObjectMerge(string[] options) => Option(options, "merge").Length > 0;

    private static bool IsSet(string[] options) => options.Contains("set") || options.Contains("merge");

    private static string Option(string[] words, string name)
    {
        var word = words.Skip(1).FirstOrDefault(w => w.StartsWith(name + "=", StringComparison.Ordinal));
        return word is null ? "" : word[(name.Length + 1)..];
    }

    private static ScalarKind Kind(string word) => word switch
    {
        "string" => ScalarKind.String,
        "bool" => ScalarKind.Boolean,
        "int32" => ScalarKind.Int32,
        "int64" => ScalarKind.Int64,
        "number" or "double" => ScalarKind.Number,
        "quantity" => ScalarKind.Quantity,
        "intorstring" => ScalarKind.IntOrString,
        "time" => ScalarKind.Time,
        "microtime" => ScalarKind.MicroTime,
        "bytes" => ScalarKind.Bytes,
        "any" => ScalarKind.Any,
        _ => throw new InvalidDataException($"core.types: unknown type {word}"),
    };
}
