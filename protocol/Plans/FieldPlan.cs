using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;

namespace MesosK8sBridge.Protocol;

/// <summary>How one field is read, written and checked.</summary>
internal abstract class FieldPlan
{
    protected FieldPlan(FieldDescriptor field)
    {
        Name = field.Name;
        Number = field.FieldNumber;
        IsRequired = field.IsRequired;
        Utf8Name = Encoding.UTF8.GetBytes(field.Name);
        EncodedName = JsonEncodedText.Encode(field.Name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

        // Members of a oneof exclude each other, so they share a bit.
        Once = UInt128.One << (field.RealContainingOneof?.Fields[0] ?? field).Index;
    }

    internal string Name { get; }

    internal int Number { get; }

    internal bool IsRequired { get; }

    internal byte[] Utf8Name { get; }

    /// <summary>A bit that an object may use once.</summary>
    internal UInt128 Once { get; }

    protected JsonEncodedText EncodedName { get; }

    internal abstract bool Has(IMessage message);

    internal abstract void Read(ref JsonInput input, IMessage message);

    internal abstract void Write(Utf8JsonWriter writer, IMessage message);

    internal abstract bool IsInitialized(IMessage message);

    internal abstract void FindMissing(IMessage message, string path, List<string> missing);

    internal abstract void DropUnknownEnums(IMessage message);

    internal abstract void Visit(IMessage message, Action<IMessage> visit);

    internal static FieldPlan For(FieldDescriptor field)
    {
        var owner = field.ContainingType.ClrType;
        var property = owner.GetProperty(field.PropertyName)!;
        if (field.IsMap)
        {
            var value = property.PropertyType.GetGenericArguments()[1];
            return Create(typeof(MapFieldPlan<,>), [owner, value], field, property, ValueCodec.For(field.MessageType.FindFieldByNumber(2), value));
        }

        if (field.IsRepeated)
        {
            var value = property.PropertyType.GetGenericArguments()[0];
            return Create(typeof(RepeatedFieldPlan<,>), [owner, value], field, property, ValueCodec.For(field, value));
        }

        return Create(
            typeof(SingularFieldPlan<,>), [owner, property.PropertyType], field, property, ValueCodec.For(field, property.PropertyType));
    }

    private static FieldPlan Create(Type plan, Type[] arguments, FieldDescriptor field, PropertyInfo property, ValueCodec codec) =>
        (FieldPlan)Activator.CreateInstance(
            plan.MakeGenericType(arguments), BindingFlags.Instance | BindingFlags.NonPublic, binder: null, [field, property, codec], culture: null)!;
}

internal sealed class SingularFieldPlan<TMessage, TValue> : FieldPlan
    where TMessage : class, IMessage
{
    private readonly Func<TMessage, TValue> _get;
    private readonly Action<TMessage, TValue> _set;
    private readonly Func<TMessage, bool> _has;
    private readonly Action<TMessage> _clear;
    private readonly ValueCodec<TValue> _codec;
    private readonly bool _writesDefault;

    internal SingularFieldPlan(FieldDescriptor field, PropertyInfo property, ValueCodec<TValue> codec)
        : base(field)
    {
        _codec = codec;
        _get = property.GetMethod!.CreateDelegate<Func<TMessage, TValue>>();
        _set = property.SetMethod!.CreateDelegate<Action<TMessage, TValue>>();
        _has = Presence(field, property);
        _clear = message => field.Accessor.Clear(message);
        _writesDefault = field.ToProto().HasDefaultValue && field.GetOptions()?.Deprecated != true;
    }

    private Func<TMessage, bool> Presence(FieldDescriptor field, PropertyInfo property)
    {
        if (field.FieldType == FieldType.Message)
        {
            return message => _get(message) is not null;
        }

        // A proto3 scalar (google.protobuf.Duration has two) is there when it is not its default.
        return typeof(TMessage).GetProperty("Has" + property.Name) is { GetMethod: { } has }
            ? has.CreateDelegate<Func<TMessage, bool>>()
            : message => !EqualityComparer<TValue>.Default.Equals(_get(message), default);
    }

    internal override bool Has(IMessage message) => _has((TMessage)message);

    internal override void Read(ref JsonInput input, IMessage message)
    {
        if (input.Reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (_codec.TryRead(ref input, out var value))
        {
            _set((TMessage)message, value);
        }
    }

    internal override void Write(Utf8JsonWriter writer, IMessage message)
    {
        var typed = (TMessage)message;
        if ((_has(typed) || _writesDefault) && _get(typed) is var value && _codec.IsKnown(value))
        {
            writer.WritePropertyName(EncodedName);
            _codec.Write(writer, value);
        }
    }

    internal override bool IsInitialized(IMessage message) =>
        !_codec.HoldsRequired || _get((TMessage)message) is not { } value || _codec.IsInitialized(value);

    internal override void FindMissing(IMessage message, string path, List<string> missing)
    {
        if (_codec.HoldsRequired && _get((TMessage)message) is { } value)
        {
            _codec.FindMissing(value, $"{path}{Name}.", missing);
        }
    }

    internal override void DropUnknownEnums(IMessage message)
    {
        var typed = (TMessage)message;
        if (!_codec.HoldsEnums || !_has(typed))
        {
            return;
        }

        var value = _get(typed);
        if (!_codec.IsKnown(value))
        {
            _clear(typed);
            return;
        }

        _codec.DropUnknownEnums(value);
    }

    internal override void Visit(IMessage message, Action<IMessage> visit)
    {
        if (_codec.IsMessage && _get((TMessage)message) is { } value)
        {
            _codec.Visit(value, visit);
        }
    }
}

internal sealed class RepeatedFieldPlan<TMessage, TValue> : FieldPlan
    where TMessage : class, IMessage
{
    private readonly Func<TMessage, RepeatedField<TValue>> _get;
    private readonly ValueCodec<TValue> _codec;

    internal RepeatedFieldPlan(FieldDescriptor field, PropertyInfo property, ValueCodec<TValue> codec)
        : base(field)
    {
        _codec = codec;
        _get = property.GetMethod!.CreateDelegate<Func<TMessage, RepeatedField<TValue>>>();
    }

    internal override bool Has(IMessage message) => _get((TMessage)message).Count > 0;

    internal override void Read(ref JsonInput input, IMessage message) => Read(ref input, _get((TMessage)message));

    /// <remarks>One value stands for a list of one, and lists inside lists are poured together: so Mesos reads them.</remarks>
    private void Read(ref JsonInput input, RepeatedField<TValue> list)
    {
        switch (input.Reader.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.StartArray:
                while (input.Reader.Read() && input.Reader.TokenType != JsonTokenType.EndArray)
                {
                    Read(ref input, list);
                }

                break;
            default:
                if (_codec.TryRead(ref input, out var value))
                {
                    list.Add(value);
                }

                break;
        }
    }

    internal override void Write(Utf8JsonWriter writer, IMessage message)
    {
        var list = _get((TMessage)message);
        if (list.Count == 0)
        {
            return;
        }

        writer.WritePropertyName(EncodedName);
        writer.WriteStartArray();
        for (var i = 0; i < list.Count; i++)
        {
            if (_codec.IsKnown(list[i]))
            {
                _codec.Write(writer, list[i]);
            }
        }

        writer.WriteEndArray();
    }

    internal override bool IsInitialized(IMessage message)
    {
        if (!_codec.HoldsRequired)
        {
            return true;
        }

        var list = _get((TMessage)message);
        for (var i = 0; i < list.Count; i++)
        {
            if (!_codec.IsInitialized(list[i]))
            {
                return false;
            }
        }

        return true;
    }

    internal override void FindMissing(IMessage message, string path, List<string> missing)
    {
        var list = _get((TMessage)message);
        for (var i = 0; _codec.HoldsRequired && i < list.Count; i++)
        {
            _codec.FindMissing(list[i], $"{path}{Name}[{i}].", missing);
        }
    }

    internal override void DropUnknownEnums(IMessage message)
    {
        if (!_codec.HoldsEnums)
        {
            return;
        }

        var list = _get((TMessage)message);
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (!_codec.IsKnown(list[i]))
            {
                list.RemoveAt(i);
                continue;
            }

            _codec.DropUnknownEnums(list[i]);
        }
    }

    internal override void Visit(IMessage message, Action<IMessage> visit)
    {
        var list = _get((TMessage)message);
        for (var i = 0; _codec.IsMessage && i < list.Count; i++)
        {
            _codec.Visit(list[i], visit);
        }
    }
}

/// <remarks>Keys are strings: Mesos has no other maps.</remarks>
internal sealed class MapFieldPlan<TMessage, TValue> : FieldPlan
    where TMessage : class, IMessage
{
    private readonly Func<TMessage, MapField<string, TValue>> _get;
    private readonly ValueCodec<TValue> _codec;

    internal MapFieldPlan(FieldDescriptor field, PropertyInfo property, ValueCodec<TValue> codec)
        : base(field)
    {
        _codec = codec;
        _get = property.GetMethod!.CreateDelegate<Func<TMessage, MapField<string, TValue>>>();
    }

    internal override bool Has(IMessage message) => _get((TMessage)message).Count > 0;

    internal override void Read(ref JsonInput input, IMessage message) => Read(ref input, _get((TMessage)message));

    private void Read(ref JsonInput input, MapField<string, TValue> map)
    {
        switch (input.Reader.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.StartArray:
                while (input.Reader.Read() && input.Reader.TokenType != JsonTokenType.EndArray)
                {
                    Read(ref input, map);
                }

                break;
            case JsonTokenType.StartObject:
                ReadEntries(ref input, map);
                break;
            default:
                throw ValueCodec.NotExpected(input.Reader.TokenType, Name);
        }
    }

    private void ReadEntries(ref JsonInput input, MapField<string, TValue> map)
    {
        while (input.Reader.Read() && input.Reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = input.Reader.GetString()!;
            input.Reader.Read();
            input.NameRepeated |= map.ContainsKey(key);
            map[key] = input.Reader.TokenType != JsonTokenType.Null && _codec.TryRead(ref input, out var value) ? value : _codec.Default;
        }
    }

    internal override void Write(Utf8JsonWriter writer, IMessage message)
    {
        var map = _get((TMessage)message);
        if (map.Count == 0)
        {
            return;
        }

        writer.WritePropertyName(EncodedName);
        writer.WriteStartObject();
        foreach (var (key, value) in map)
        {
            writer.WritePropertyName(key);
            _codec.Write(writer, value);
        }

        writer.WriteEndObject();
    }

    internal override bool IsInitialized(IMessage message) =>
        !_codec.HoldsRequired || _get((TMessage)message).Values.All(_codec.IsInitialized);

    internal override void FindMissing(IMessage message, string path, List<string> missing)
    {
        var index = 0;
        foreach (var value in _get((TMessage)message).Values)
        {
            _codec.FindMissing(value, $"{path}{Name}[{index++}].value.", missing);
        }
    }

    internal override void DropUnknownEnums(IMessage message)
    {
        foreach (var value in _get((TMessage)message).Values)
        {
            _codec.DropUnknownEnums(value);
        }
    }

    internal override void Visit(IMessage message, Action<IMessage> visit)
    {
        foreach (var value in _get((TMessage)message).Values)
        {
            _codec.Visit(value, visit);
        }
    }
}
