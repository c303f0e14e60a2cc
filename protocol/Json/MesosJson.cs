using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace MesosK8sBridge.Protocol;

/// <summary>Mesos's own JSON mapping of protobuf messages, which is not the one that protobuf later defined.</summary>
/// <remarks>
/// Written: names and enum values as in the .proto, fields in the order of the .proto, 64-bit integers as numbers,
/// integral doubles with <c>.0</c>, <c>bytes</c> as Base64; a field that is not set is written if the .proto gives it a
/// default and does not deprecate it. Read: unknown names and nulls are ignored, of a name given twice the last value
/// counts, one value stands for a list of one, a string may hold a number or a bool, an unknown enum name is taken for
/// absent unless the field is required.
/// Bounds: nesting to <see cref="MaxDepth"/>; memory in proportion to the text, whose size the caller bounds.
/// Text that is not UTF-8 is read with replacement characters. Thread-safe.
/// Mesos: 3rdparty/stout/include/stout/protobuf.hpp, json.hpp, jsonify.hpp.
/// </remarks>
public static class MesosJson
{
    /// <summary>Arrays and objects inside each other; one more is "syntax error … near:" what follows the bracket.</summary>
    public const int MaxDepth = JsonSyntax.MaxDepth;

    /// <summary>In bytes; what was larger is not kept.</summary>
    private const int LargestDraft = 64 << 10;

    /// <summary>For <see cref="ToText"/>: null while it is in use.</summary>
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_draft;

    private static readonly JsonWriterOptions WriterOptions =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <exception cref="MesosJsonException">The text is no JSON, or no such message; <see cref="MesosJsonException.Error"/> tells which.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> json)
        where T : class, IMessage<T>, new() =>
        (T)Parse(Prototype<T>.Descriptor, json);

    /// <inheritdoc cref="Parse{T}(ReadOnlySpan{byte})"/>
    public static T Parse<T>(in ReadOnlySequence<byte> json)
        where T : class, IMessage<T>, new() =>
        json.IsSingleSegment ? Parse<T>(json.FirstSpan) : Parse<T>(json.ToArray());

    /// <inheritdoc cref="Parse{T}(ReadOnlySpan{byte})"/>
    public static IMessage Parse(MessageDescriptor type, ReadOnlySpan<byte> json)
    {
        ArgumentNullException.ThrowIfNull(type);
        json = WithReplacements(json);
        return TryRead(type, json) ?? ReadCarefully(type, json.ToArray());
    }

    /// <summary>Reads a JSON array of messages, as flags that take a file of resources do.</summary>
    /// <exception cref="MesosJsonException">Also: "Expecting a JSON array".</exception>
    public static IReadOnlyList<T> ParseArray<T>(ReadOnlySpan<byte> json)
        where T : class, IMessage<T>, new()
    {
        json = WithReplacements(json);
        if (JsonSyntax.Complaint(json) is { } complaint)
        {
            throw MesosJsonException.NotJson(complaint);
        }

        using var document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { MaxDepth = MaxDepth });
        return document.RootElement.ValueKind == JsonValueKind.Array
            ? [.. document.RootElement.EnumerateArray().Select(item => Parse<T>(Encoding.UTF8.GetBytes(item.GetRawText())))]
            : throw MesosJsonException.DoesNotFit("Expecting a JSON array");
    }

    /// <summary>Appends the message. Fields without a value are left out even if required.</summary>
    /// <param name="output">Not flushed here.</param>
    public static void Write(IMessage message, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var writer = new Utf8JsonWriter(output, WriterOptions);
        Write(message, writer);
    }

    /// <summary>Writes the message as the writer's next value.</summary>
    /// <param name="writer">Should escape as little as <see cref="JavaScriptEncoder.UnsafeRelaxedJsonEscaping"/>, or the bytes differ from Mesos's.</param>
    public static void Write(IMessage message, Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(message);
        MessagePlan.For(message.Descriptor).Write(writer, message);
    }

    public static byte[] ToUtf8(IMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(message, output);
        return output.WrittenSpan.ToArray();
    }

    public static string ToText(IMessage message)
    {
        var draft = t_draft ?? new ArrayBufferWriter<byte>(1024);
        t_draft = null;
        Write(message, draft);
        var text = Encoding.UTF8.GetString(draft.WrittenSpan);
        if (draft.Capacity <= LargestDraft)
        {
            draft.ResetWrittenCount();
            t_draft = draft;
        }

        return text;
    }

    private static ReadOnlySpan<byte> WithReplacements(ReadOnlySpan<byte> json) =>
        Utf8.IsValid(json) ? json : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));

    /// <returns>null if anything is wrong, or two values claim one place.</returns>
    private static IMessage? TryRead(MessageDescriptor type, ReadOnlySpan<byte> json)
    {
        try
        {
            var input = new JsonInput(json);
            var message = Read(type, ref input);
            return input.NameRepeated ? null : message;
        }
        catch (Exception e) when (e is JsonException or MesosJsonException or InvalidOperationException)
        {
            return null; // InvalidOperationException: half a surrogate pair
        }
    }

    private static IMessage ReadCarefully(MessageDescriptor type, byte[] json)
    {
        if (JsonSyntax.Complaint(json) is { } complaint)
        {
            throw MesosJsonException.NotJson(complaint);
        }

        var input = new JsonInput(CanonicalJson.Of(json, type).Span);
        return Read(type, ref input);
    }

    private static IMessage Read(MessageDescriptor type, ref JsonInput input)
    {
        input.Reader.Read();
        if (input.Reader.TokenType != JsonTokenType.StartObject)
        {
            throw MesosJsonException.DoesNotFit("Expecting a JSON object");
        }

        var plan = MessagePlan.For(type);
        var message = (IMessage)Activator.CreateInstance(type.ClrType)!;
        plan.Read(ref input, message);
        input.Reader.Read(); // nothing may follow
        if (!plan.IsInitialized(message))
        {
            throw MesosJsonException.DoesNotFit("Missing required fields: " + MesosProtobuf.MissingRequiredFields(message));
        }

        return message;
    }
}
