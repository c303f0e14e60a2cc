using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Types;

namespace MesosK8sBridge.Kubernetes.Embedded.Documents;

/// <summary>Reads objects in the API's protobuf form, in which kubectl sends some built-in ones, as the JSON they stand for.</summary>
/// <remarks>Kubernetes: apimachinery/pkg/runtime/serializer/protobuf; the envelope is <c>runtime.Unknown</c>.</remarks>
internal static class ProtobufReading
{
    private const int MaximumDepth = 100;
    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Kind and version come from the envelope; the type is asked for by them.</summary>
    /// <exception cref="JsonException">Not such a message, or of a type that is not known.</exception>
    public static JsonObject Parse(ReadOnlySpan<byte> body, Func<string, string, TypeNode.Struct?> typeOf)
    {
        if (!body.StartsWith(Magic))
        {
            throw new JsonException("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        }

        var (version, kind) = ("", "");
        ReadOnlySpan<byte> raw = [];
        var envelope = new WireReader(body[Magic.Length..]);
        while (envelope.Next(out var field))
        {
            if (field == 1)
            {
                (version, kind) = TypeMeta(envelope.Bytes());
            }
            else if (field == 2)
            {
                raw = envelope.Bytes();
            }
            else
            {
                envelope.Skip();
            }
        }

        var result = Struct(raw, typeOf(version, kind) ?? throw new JsonException($"no kind \"{kind}\" is registered for version \"{version}\""), 0);
        result["kind"] = kind;
        result["apiVersion"] = version;
        return result;
    }

    private static (string Version, string Kind) TypeMeta(ReadOnlySpan<byte> bytes)
    {
        var (version, kind) = ("", "");
        var reader = new WireReader(bytes);
        while (reader.Next(out var field))
        {
            var text = Encoding.UTF8.GetString(reader.Bytes());
            (version, kind) = field == 1 ? (text, kind) : (version, text);
        }

        return (version, kind);
    }

    private static JsonObject Struct(ReadOnlySpan<byte> bytes, TypeNode.Struct type, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new JsonException("exceeded max depth");
        }

        var result = new JsonObject();
        Fields(bytes, type, within: 0, result, depth);
        return result;
    }

    private static void Fields(ReadOnlySpan<byte> bytes, TypeNode.Struct type, int within, JsonObject result, int depth)
    {
        var reader = new WireReader(bytes);
        while (reader.Next(out var number))
        {
            var field = type.Fields.Values.FirstOrDefault(f => f.Number == number && f.Within == within);
            switch (field?.Type)
            {
                case null when within == 0 && type.Fields.Values.Any(f => f.Within == number):
                    Fields(reader.Bytes(), type, number, result, depth);
                    break;
                case null:
                    reader.Skip();
                    break;
                case TypeNode.List list:
                    var items = result[field.Name] as JsonArray ?? [];
                    items.Add(Value(ref reader, list.Element, depth));
                    result[field.Name] = items;
                    break;
                case TypeNode.Map map:
                    Entry(reader.Bytes(), map, result.Child(field.Name), depth);
                    break;
                default:
                    result[field.Name] = Value(ref reader, field.Type, depth);
                    break;
            }
        }
    }

    private static void Entry(ReadOnlySpan<byte> bytes, TypeNode.Map type, JsonObject target, int depth)
    {
        var (name, value) = ("", (JsonNode?)null);
        var reader = new WireReader(bytes);
        while (reader.Next(out var field))
        {
            if (field == 1)
            {
                name = Encoding.UTF8.GetString(reader.Bytes());
            }
            else
            {
                value = Value(ref reader, type.Element, depth);
            }
        }

        target[name] = value ?? (type.Element is TypeNode.Scalar { Kind: ScalarKind.String or ScalarKind.Bytes } ? "" : null);
    }

    private static JsonNode? Value(ref WireReader reader, TypeNode type, int depth) => type switch
    {
        TypeNode.Struct nested => Struct(reader.Bytes(), nested, depth + 1),
        TypeNode.List => Wrapped(reader.Bytes()),
        TypeNode.Scalar scalar => Scalar(ref reader, scalar.Kind),
        _ => throw new JsonException("unexpected map of maps"),
    };

    private static JsonNode? Scalar(ref WireReader reader, ScalarKind kind) => kind switch
    {
        ScalarKind.String => Encoding.UTF8.GetString(reader.Bytes()),
        ScalarKind.Bytes => Convert.ToBase64String(reader.Bytes()),
        ScalarKind.Boolean => reader.Varint() != 0,
        ScalarKind.Int32 or ScalarKind.Int64 => (long)reader.Varint(),
        ScalarKind.Number => BitConverter.UInt64BitsToDouble(reader.Fixed64()),
        ScalarKind.Quantity => Encoding.UTF8.GetString(Inner(reader.Bytes(), 1)),
        ScalarKind.Time or ScalarKind.MicroTime => Time(reader.Bytes(), kind),
        ScalarKind.IntOrString => IntOrString(reader.Bytes()),
        _ => Inner(reader.Bytes(), 1) is { Length: > 0 } json ? JsonReading.Parse(json) : null,
    };

    private static JsonArray Wrapped(ReadOnlySpan<byte> bytes)
    {
        var result = new JsonArray();
        var reader = new WireReader(bytes);
        while (reader.Next(out _))
        {
            result.Add(JsonValue.Create(Encoding.UTF8.GetString(reader.Bytes())));
        }

        return result;
    }

    private static byte[] Inner(ReadOnlySpan<byte> bytes, int wanted)
    {
        var result = Array.Empty<byte>();
        var reader = new WireReader(bytes);
        while (reader.Next(out var field))
        {
            if (field == wanted)
            {
                result = reader.Bytes().ToArray();
            }
            else
            {
                reader.Skip();
            }
        }

        return result;
    }

    private static JsonValue? Time(ReadOnlySpan<byte> bytes, ScalarKind kind)
    {
        if (bytes.IsEmpty)
        {
            return null; // the zero time
        }

        var (seconds, nanos) = Pair(bytes);
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100);
        return JsonValue.Create(kind == ScalarKind.Time ? Timestamps.Seconds(time) : Timestamps.Microseconds(time));
    }

    private static (long First, long Second) Pair(ReadOnlySpan<byte> bytes)
    {
        var (first, second) = (0L, 0L);
        var reader = new WireReader(bytes);
        while (reader.Next(out var field))
        {
            (first, second) = field == 1 ? ((long)reader.Varint(), second) : (first, (long)reader.Varint());
        }

        return (first, second);
    }

    private static JsonValue IntOrString(ReadOnlySpan<byte> bytes)
    {
        var (isText, number, text) = (false, 0L, "");
        var reader = new WireReader(bytes);
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1:
                    isText = reader.Varint() == 1;
                    break;
                case 2:
                    number = (long)reader.Varint();
                    break;
                default:
                    text = Encoding.UTF8.GetString(reader.Bytes());
                    break;
            }
        }

        return isText ? JsonValue.Create(text) : JsonValue.Create(number);
    }

    /// <summary>The wire format: tags, varints and length-prefixed bytes.</summary>
    private ref struct WireReader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;
        private int _wireType;

        public bool Next(out int field)
        {
            field = 0;
            if (_rest.IsEmpty)
            {
                return false;
            }

            var tag = Varint();
            (field, _wireType) = ((int)(tag >> 3), (int)(tag & 7));
            return true;
        }

        public ulong Varint()
        {
            var result = 0UL;
            for (var shift = 0; shift < 64; shift += 7)
            {
                if (_rest.IsEmpty)
                {
                    throw Truncated();
                }

                var piece = _rest[0];
                _rest = _rest[1..];
                result |= (ulong)(piece & 0x7f) << shift;
                if (piece < 0x80)
                {
                    return result;
                }
            }

            throw new JsonException("proto: integer overflow");
        }

        public ulong Fixed64()
        {
            var piece = Take(8);
            return System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(piece);
        }

        public ReadOnlySpan<byte> Bytes() =>
            _wireType == 2 ? Take(Varint()) : throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"proto: wrong wireType = {_wireType}"));

        public void Skip()
        {
            switch (_wireType)
            {
                case 0:
                    Varint();
                    break;
                case 1:
                    Take(8);
                    break;
                case 5:
                    Take(4);
                    break;
                default:
                    Bytes();
                    break;
            }
        }

        private ReadOnlySpan<byte> Take(ulong count)
        {
            if (count > (ulong)_rest.Length)
            {
                throw Truncated();
            }

            var piece = _rest[..(int)count];
            _rest = _rest[(int)count..];
            return piece;
        }

        private static JsonException Truncated() => new("unexpected EOF");
    }
}
