using System.Collections;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace MesosK8sBridge.Fuzz;

/// <summary>Small and large damage to inputs that were right.</summary>
internal static class Mutation
{
    private const int LongText = 20_000;

    private static readonly string[] Texts =
    [
        "", " ", "*", ".", "..", "/", "a/b", "a//b", "-", "\0", "\u007f", "ü€😀", "\ud800", "{}", "null", "NaN", "Infinity", "1e999", "-0",
        "(?:(?:a{100}){100}){100}", "(a*)*b", "[", "\\", "%s%n", "M-0000", "f\r\nX: y",
    ];

    private static readonly double[] Numbers =
    [
        0, -0.0, 1, -1, 0.0005, 0.00049, 1e-310, 1e9, 1e10, 1e18, 1e19, 1e300, -1e300, double.MaxValue, double.Epsilon,
        double.NaN, double.PositiveInfinity, double.NegativeInfinity, int.MaxValue, long.MaxValue, ulong.MaxValue,
    ];

    /// <summary>Flips, cuts, doubles, inserts.</summary>
    public static byte[] OfBytes(Random random, byte[] bytes)
    {
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            bytes = Once(random, bytes);
        }

        return bytes;
    }

    public static byte[] OfJson(Random random, byte[] json)
    {
        if (random.Next(4) == 0)
        {
            return OfBytes(random, json);
        }

        var root = JsonNode.Parse(json)!;
        for (var times = random.Next(0, 4); times > 0; times--)
        {
            var spots = Spots(root).ToList();
            if (spots.Count > 0)
            {
                Change(random, spots[random.Next(spots.Count)]);
            }
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString(new JsonSerializerOptions { MaxDepth = 2_000 }));
    }

    public static byte[] OfMessage(Random random, IMessage message)
    {
        for (var times = random.Next(0, 4); times > 0; times--)
        {
            Change(random, message);
        }

        var bytes = message.ToByteArray();
        return random.Next(4) == 0 ? OfBytes(random, bytes) : bytes;
    }

    private static byte[] Once(Random random, byte[] bytes)
    {
        var at = random.Next(bytes.Length + 1);
        var to = Math.Min(bytes.Length, at + random.Next(1, 40));
        switch (random.Next(5))
        {
            case 0 when at < bytes.Length:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 1:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(to)];
            case 2:
                return [.. bytes.AsSpan(0, to), .. bytes.AsSpan(at)];
            case 3:
                var noise = new byte[random.Next(1, 20)];
                random.NextBytes(noise);
                return [.. bytes.AsSpan(0, at), .. noise, .. bytes.AsSpan(at)];
            default:
                return bytes[..at];
        }
    }

    private static string Text(Random random) => random.Next(10) == 0 ? new string('x', random.Next(LongText)) : Texts[random.Next(Texts.Length)];

    // ---- JSON ----

    private static IEnumerable<(JsonNode Parent, object Key)> Spots(JsonNode node) => node switch
    {
        JsonObject o => o.SelectMany(p => Below(o, p.Key, p.Value)),
        JsonArray a => a.SelectMany((v, i) => Below(a, i, v)),
        _ => [],
    };

    private static IEnumerable<(JsonNode, object)> Below(JsonNode parent, object key, JsonNode? value) =>
        value is null ? [(parent, key)] : Spots(value).Prepend((parent, key));

    private static void Change(Random random, (JsonNode Parent, object Key) spot)
    {
        var value = Odd(random);
        switch (spot.Parent)
        {
            case JsonObject o when random.Next(4) == 0:
                o.Remove((string)spot.Key);
                break;
            case JsonObject o:
                o[(string)spot.Key] = value;
                break;
            case JsonArray a when random.Next(4) == 0:
                a.Add(a[(int)spot.Key]?.DeepClone());
                break;
            case JsonArray a:
                a[(int)spot.Key] = value;
                break;
        }
    }

    private static JsonNode? Odd(Random random) => random.Next(7) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Next(2) == 0),
        2 when Numbers[random.Next(Numbers.Length)] is var n && double.IsFinite(n) => JsonValue.Create(n),
        3 => new JsonArray([.. Enumerable.Range(0, random.Next(200)).Select(_ => (JsonNode?)JsonValue.Create(Texts[0]))]),
        4 => new JsonObject { [Texts[random.Next(Texts.Length - 10)]] = JsonValue.Create(1) },
        5 => Deep(random.Next(600)),
        _ => JsonValue.Create(Text(random).Replace("\ud800", "?", StringComparison.Ordinal)),
    };

    private static JsonNode Deep(int depth)
    {
        JsonNode node = new JsonArray();
        for (; depth > 0; depth--)
        {
            node = new JsonArray(node);
        }

        return node;
    }

    // ---- protobuf ----

    private static void Change(Random random, IMessage message)
    {
        while (true)
        {
            var fields = message.Descriptor.Fields.InDeclarationOrder();
            if (fields.Count == 0)
            {
                return;
            }

            var field = fields[random.Next(fields.Count)];
            if (Inner(random, message, field) is not { } inner || random.Next(3) == 0)
            {
                Set(random, message, field);
                return;
            }

            message = inner;
        }
    }

    private static IMessage? Inner(Random random, IMessage message, FieldDescriptor field) => field.Accessor.GetValue(message) switch
    {
        IMessage inner => inner,
        IList { Count: > 0 } list when !field.IsMap => list[random.Next(list.Count)] as IMessage,
        _ => null,
    };

    private static void Set(Random random, IMessage message, FieldDescriptor field)
    {
        if (random.Next(4) == 0)
        {
            field.Accessor.Clear(message);
        }
        else if (field.IsRepeated && !field.IsMap)
        {
            var list = (IList)field.Accessor.GetValue(message);
            for (var times = random.Next(10) == 0 ? random.Next(2_000) : 1; times > 0; times--)
            {
                list.Add(Value(random, field, depth: 0));
            }
        }
        else if (!field.IsRepeated)
        {
            field.Accessor.SetValue(message, Value(random, field, depth: 0));
        }
    }

    private static object Value(Random random, FieldDescriptor field, int depth)
    {
        var number = Numbers[random.Next(Numbers.Length)];
        return field.FieldType switch
        {
            FieldType.Message or FieldType.Group => Filled(random, field.MessageType, depth),
            FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, random.Next(5) == 0 ? random.Next(-1, 1_000) : random.Next(20)),
            FieldType.String => Text(random).Replace("\ud800", "?", StringComparison.Ordinal),
            FieldType.Bytes => ByteString.CopyFrom(new byte[random.Next(40)]),
            FieldType.Bool => random.Next(2) == 0,
            FieldType.Double => number,
            FieldType.Float => (float)number,
            FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => random.Next(int.MinValue, int.MaxValue),
            FieldType.UInt32 or FieldType.Fixed32 => (uint)random.Next(int.MinValue, int.MaxValue),
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => random.NextInt64(long.MinValue, long.MaxValue),
            _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        };
    }

    /// <summary>With what is required, and a little more.</summary>
    private static IMessage Filled(Random random, MessageDescriptor type, int depth)
    {
        var message = (IMessage)Activator.CreateInstance(type.ClrType)!;
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            if (!field.IsRepeated && (field.IsRequired || (depth < 3 && random.Next(4) == 0)) && depth < 8)
            {
                field.Accessor.SetValue(message, Value(random, field, depth + 1));
            }
        }

        return message;
    }
}
