using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace MesosK8sBridge.Protocol.Tests;

/// <summary>Makes up messages: every field of every type may occur, required ones and those with a default always do.</summary>
internal sealed class RandomMessage(int seed)
{
    private const int MaxNesting = 5;

    private static readonly string[] Texts = ["", "a", "web/1", "\"\\\b\f\n\r\t\0\u001f", "é\u2028\ud83d\ude00\u007f", "<script>&'", new('x', 300)];

    private static readonly double[] Doubles =
        [0, -0.0, 0.1, 15, 1795302957.659618, 1e21, -1.5e300, double.Epsilon, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity];

    private readonly Random _random = new(seed);

    public IMessage Of(MessageDescriptor type) => Fill((IMessage)Activator.CreateInstance(type.ClrType)!, MaxNesting);

    private IMessage Fill(IMessage message, int nesting)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var proto = field.ToProto();
            var always = field.IsRequired || (proto.HasDefaultValue && field.GetOptions()?.Deprecated != true);
            if (always || (nesting > 0 && _random.Next(2) == 0))
            {
                Set(message, field, nesting - 1);
            }
        }

        return message;
    }

    private void Set(IMessage message, FieldDescriptor field, int nesting)
    {
        switch (field)
        {
            case { IsMap: true }:
                var map = (IDictionary)field.Accessor.GetValue(message);
                map[Text()] = Value(field.MessageType.FindFieldByNumber(2), nesting);
                break;
            case { IsRepeated: true }:
                var list = (IList)field.Accessor.GetValue(message);
                for (var i = _random.Next(3); i >= 0; i--)
                {
                    list.Add(Value(field, nesting));
                }

                break;
            case { RealContainingOneof: { } oneof } when oneof.Accessor.GetCaseFieldDescriptor(message) is not null:
                break;
            default:
                field.Accessor.SetValue(message, Value(field, nesting));
                break;
        }
    }

    private object Value(FieldDescriptor field, int nesting) => field.FieldType switch
    {
        FieldType.Double => Doubles[_random.Next(Doubles.Length)],
        FieldType.Int32 => _random.Next(int.MinValue, int.MaxValue),
        FieldType.Int64 => _random.NextInt64(long.MinValue, long.MaxValue),
        FieldType.UInt32 => (uint)_random.NextInt64(0, 1L << 32),
        FieldType.UInt64 => (ulong)_random.NextInt64(), // beyond 63 bits JSON goes through a double, as in Mesos
        FieldType.Bool => _random.Next(2) == 0,
        FieldType.String => Text(),
        FieldType.Bytes => Bytes(),
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, field.EnumType.Values[_random.Next(field.EnumType.Values.Count)].Number),
        FieldType.Message => Fill((IMessage)Activator.CreateInstance(field.MessageType.ClrType)!, nesting),
        var other => throw new NotSupportedException(other.ToString()),
    };

    private string Text() => Texts[_random.Next(Texts.Length)];

    private ByteString Bytes()
    {
        var bytes = new byte[_random.Next(40)];
        _random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
