using System.Buffers;
using System.Text.Json;

namespace MesosK8sBridge.Protocol;

/// <summary>A JSON text being read, and what was noticed on the way.</summary>
internal ref struct JsonInput
{
    internal JsonInput(ReadOnlySpan<byte> json)
    {
        Reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonSyntax.MaxDepth });
    }

    internal Utf8JsonReader Reader;

    /// <summary>An object gave a name twice, or two members of a oneof: which one counts, the canonical text tells.</summary>
    internal bool NameRepeated;

    /// <summary>Steps over a value nobody asked for, but not over half a surrogate pair in it.</summary>
    internal void Skip()
    {
        CheckText();
        if (Reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return;
        }

        for (var depth = Reader.CurrentDepth; Reader.Read() && Reader.CurrentDepth > depth;)
        {
            CheckText();
        }
    }

    private readonly void CheckText()
    {
        if (!Reader.ValueIsEscaped || Reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(Reader.ValueSpan.Length);
        try
        {
            Reader.CopyString(buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
