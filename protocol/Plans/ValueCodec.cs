using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace MesosK8sBridge.Protocol;

/// <summary>How a value of one protobuf type looks in JSON.</summary>
/// <remarks>Mesos: 3rdparty/stout/include/stout/protobuf.hpp.</remarks>
internal abstract class ValueCodec
{
    internal static MesosJsonException NotExpected(JsonTokenType token, string field)
    {
        var kind = token switch
        {
            JsonTokenType.StartObject => "object",
            JsonTokenType.StartArray => "array",
            JsonTokenType.String => "string",
            JsonTokenType.Number => "number",
            _ => "boolean",
        };
        return MesosJsonException.DoesNotFit($"Not expecting a JSON {kind} for field '{field}'");
    }

    internal static ValueCodec For(FieldDescriptor field, Type type) => field.FieldType switch
    {
        FieldType.Double => new DoubleCodec(field.Name),
        FieldType.Float => new FloatCodec(field.Name),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => new Int32Codec(field.Name),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => new Int64Codec(field.Name),
        FieldType.UInt32 or FieldType.Fixed32 => new UInt32Codec(field.Name),
        FieldType.UInt64 or FieldType.Fixed64 => new UInt64Codec(field.Name),
        FieldType.Bool => new BoolCodec(field.Name),
        FieldType.String => new TextCodec(field.Name),
        FieldType.Bytes => new BytesCodec(field.Name),
        FieldType.Enum => Create(typeof(EnumCodec<>), type, field),
        FieldType.Message => Create(typeof(MessageCodec<>), type, field),
        _ => throw new NotSupportedException($"{field.FullName} has type {field.FieldType}, which no Mesos message uses."),
    };

    private static ValueCodec Create(Type codec, Type type, FieldDescriptor field) =>
        (ValueCodec)Activator.CreateInstance(
            codec.MakeGenericType(type), BindingFlags.Instance | BindingFlags.NonPublic, binder: null, [field], culture: null)!;
}

internal abstract class ValueCodec<T>(string field) : ValueCodec
{
    protected string Field { get; } = field;

    /// <summary>What a map holds for a key whose value is null.</summary>
    internal virtual T Default => default!;

    internal virtual bool IsMessage => false;

    internal virtual bool HoldsRequired => false;

    internal virtual bool HoldsEnums => false;

    /// <returns>false if the value is to be taken for absent.</returns>
    internal abstract bool TryRead(ref JsonInput input, out T value);

    internal abstract void Write(Utf8JsonWriter writer, T value);

    internal virtual bool IsKnown(T value) => true;

    internal virtual bool IsInitialized(T value) => true;

    internal virtual void FindMissing(T value, string path, List<string> missing)
    {
    }

    internal virtual void DropUnknownEnums(T value)
    {
    }

    internal virtual void Visit(T value, Action<IMessage> visit)
    {
    }
}

/// <summary>Numbers may also be given as strings that hold them; out of range they wrap or saturate, as a C++ cast does.</summary>
internal abstract class NumberCodec<T>(string field) : ValueCodec<T>(field)
{
    internal override bool TryRead(ref JsonInput input, out T value)
    {
        switch (input.Reader.TokenType)
        {
            case JsonTokenType.Number:
                value = Read(ref input.Reader);
                return true;
            case JsonTokenType.String:
                value = Parse(input.Reader.GetString()!);
                return true;
            default:
                throw NotExpected(input.Reader.TokenType, Field);
        }
    }

    private T Read(ref Utf8JsonReader reader) =>
        reader.TryGetInt64(out var whole) ? FromWhole(whole) : FromFraction(reader.GetDouble());

    protected virtual T Parse(string text)
    {
        var json = Encoding.UTF8.GetBytes(text);
        var complaint = JsonSyntax.Complaint(json);
        if (complaint is null)
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonSyntax.MaxDepth });
            reader.Read();
            if (reader.TokenType == JsonTokenType.Number)
            {
                return Read(ref reader);
            }

            complaint = "Unexpected JSON type parsed";
        }

        throw MesosJsonException.DoesNotFit($"Failed to parse '{text}' as a JSON number for field '{Field}': {complaint}");
    }

    protected abstract T FromWhole(long value);

    protected abstract T FromFraction(double value);
}

internal sealed class DoubleCodec(string field) : NumberCodec<double>(field)
{
    internal override void Write(Utf8JsonWriter writer, double value) => JsonText.Write(writer, value);

    protected override double FromWhole(long value) => value;

    protected override double FromFraction(double value) => value;

    protected override double Parse(string text) => text switch
    {
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => base.Parse(text),
    };
}

internal sealed class FloatCodec(string field) : NumberCodec<float>(field)
{
    internal override void Write(Utf8JsonWriter writer, float value) => JsonText.Write(writer, value);

    protected override float FromWhole(long value) => value;

    protected override float FromFraction(double value) => (float)value;

    protected override float Parse(string text) => text switch
    {
        "Infinity" => float.PositiveInfinity,
        "-Infinity" => float.NegativeInfinity,
        _ => base.Parse(text),
    };
}

internal sealed class Int32Codec(string field) : NumberCodec<int>(field)
{
    internal override void Write(Utf8JsonWriter writer, int value) => writer.WriteNumberValue(value);

    protected override int FromWhole(long value) => unchecked((int)value);

    protected override int FromFraction(double value) => unchecked((int)value);
}

internal sealed class Int64Codec(string field) : NumberCodec<long>(field)
{
    internal override void Write(Utf8JsonWriter writer, long value) => writer.WriteNumberValue(value);

    protected override long FromWhole(long value) => value;

    protected override long FromFraction(double value) => unchecked((long)value);
}

internal sealed class UInt32Codec(string field) : NumberCodec<uint>(field)
{
    internal override void Write(Utf8JsonWriter writer, uint value) => writer.WriteNumberValue(value);

    protected override uint FromWhole(long value) => unchecked((uint)value);

    protected override uint FromFraction(double value) => unchecked((uint)value);
}

internal sealed class UInt64Codec(string field) : NumberCodec<ulong>(field)
{
    internal override void Write(Utf8JsonWriter writer, ulong value) => writer.WriteNumberValue(value);

    protected override ulong FromWhole(long value) => unchecked((ulong)value);

    protected override ulong FromFraction(double value) => unchecked((ulong)value);
}

internal sealed class BoolCodec(string field) : ValueCodec<bool>(field)
{
    internal override bool TryRead(ref JsonInput input, out bool value)
    {
        value = input.Reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            JsonTokenType.String => Parse(input.Reader.GetString()!),
            var other => throw NotExpected(other, Field),
        };
        return true;
    }

    private bool Parse(string text)
    {
        var complaint = JsonSyntax.Complaint(Encoding.UTF8.GetBytes(text)) ?? "Unexpected JSON type parsed";
        return text.Trim(' ', '\t', '\n', '\r') switch
        {
            "true" => true,
            "false" => false,
            _ => throw MesosJsonException.DoesNotFit($"Failed to parse '{text}' as a JSON boolean for field '{Field}': {complaint}"),
        };
    }

    internal override void Write(Utf8JsonWriter writer, bool value) => writer.WriteBooleanValue(value);
}

internal sealed class TextCodec(string field) : ValueCodec<string>(field)
{
    internal override string Default => "";

    internal override bool TryRead(ref JsonInput input, out string value)
    {
        value = input.Reader.TokenType == JsonTokenType.String
            ? input.Reader.GetString()!
            : throw NotExpected(input.Reader.TokenType, Field);
        return true;
    }

    internal override void Write(Utf8JsonWriter writer, string value) => JsonText.Write(writer, value);
}

internal sealed class BytesCodec(string field) : ValueCodec<ByteString>(field)
{
    internal override ByteString Default => ByteString.Empty;

    internal override bool TryRead(ref JsonInput input, out ByteString value)
    {
        if (input.Reader.TokenType != JsonTokenType.String)
        {
            throw NotExpected(input.Reader.TokenType, Field);
        }

        if (input.Reader.TryGetBytesFromBase64(out var bytes))
        {
            value = UnsafeByteOperations.UnsafeWrap(bytes);
            return true;
        }

        var complaint = LenientBase64.TryDecode(input.Reader.GetString()!, out value);
        return complaint is null
            ? true
            : throw MesosJsonException.DoesNotFit($"Failed to base64 decode bytes field '{Field}': {complaint}");
    }

    internal override void Write(Utf8JsonWriter writer, ByteString value) => writer.WriteBase64StringValue(value.Span);
}

internal sealed class EnumCodec<T> : ValueCodec<T>
    where T : struct, Enum
{
    private readonly bool _required;
    private readonly Dictionary<string, int> _numbers;
    private readonly Dictionary<int, JsonEncodedText> _names;

    internal EnumCodec(FieldDescriptor field)
        : base(field.Name)
    {
        _required = field.IsRequired;
        _numbers = field.EnumType.Values.ToDictionary(value => value.Name, value => value.Number, StringComparer.Ordinal);
        _names = field.EnumType.Values.ToDictionary(
            value => value.Number, value => JsonEncodedText.Encode(value.Name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping));
    }

    internal override bool HoldsEnums => true;

    internal override bool TryRead(ref JsonInput input, out T value)
    {
        if (input.Reader.TokenType != JsonTokenType.String)
        {
            throw NotExpected(input.Reader.TokenType, Field);
        }

        if (TryFind(ref input.Reader, out var number))
        {
            value = Unsafe.As<int, T>(ref number);
            return true;
        }

        value = default;
        return _required ? throw MesosJsonException.DoesNotFit($"Failed to find enum for '{input.Reader.GetString()}'") : false;
    }

    private bool TryFind(ref Utf8JsonReader reader, out int number)
    {
        const int Longest = 128;
        if (reader.ValueSpan.Length > Longest)
        {
            return _numbers.TryGetValue(reader.GetString()!, out number);
        }

        Span<char> name = stackalloc char[Longest];
        return _numbers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name[..reader.CopyString(name)], out number);
    }

    internal override void Write(Utf8JsonWriter writer, T value) => writer.WriteStringValue(_names[Unsafe.As<T, int>(ref value)]);

    internal override bool IsKnown(T value) => _names.ContainsKey(Unsafe.As<T, int>(ref value));
}

internal sealed class MessageCodec<T> : ValueCodec<T>
    where T : class, IMessage<T>, new()
{
    private readonly Lazy<MessagePlan> _plan;

    internal MessageCodec(FieldDescriptor field)
        : base(field.Name)
    {
        var type = field.MessageType;
        _plan = new Lazy<MessagePlan>(() => MessagePlan.For(type), LazyThreadSafetyMode.PublicationOnly);
    }

    internal override T Default => new();

    internal override bool IsMessage => true;

    internal override bool HoldsRequired => _plan.Value.HoldsRequired;

    internal override bool HoldsEnums => _plan.Value.HoldsEnums;

    internal override bool TryRead(ref JsonInput input, out T value)
    {
        if (input.Reader.TokenType != JsonTokenType.StartObject)
        {
            throw NotExpected(input.Reader.TokenType, Field);
        }

        value = new T();
        _plan.Value.Read(ref input, value);
        return true;
    }

    internal override void Write(Utf8JsonWriter writer, T value) => _plan.Value.Write(writer, value);

    internal override bool IsInitialized(T value) => _plan.Value.IsInitialized(value);

    internal override void FindMissing(T value, string path, List<string> missing) => _plan.Value.FindMissing(value, path, missing);

    internal override void DropUnknownEnums(T value) => _plan.Value.DropUnknownEnums(value);

    internal override void Visit(T value, Action<IMessage> visit) => _plan.Value.Visit(value, visit);
}
