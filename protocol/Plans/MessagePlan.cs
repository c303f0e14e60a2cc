using System.Collections.Concurrent;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace MesosK8sBridge.Protocol;

/// <summary>How messages of one type are read, written and checked: made once from the descriptor, then used without reflection.</summary>
internal sealed class MessagePlan
{
    private static readonly ConcurrentDictionary<MessageDescriptor, MessagePlan> Plans = new();

    private readonly FieldPlan[] _fields;
    private readonly FieldPlan[] _byNumber;
    private readonly FieldPlan[] _required;

    private MessagePlan(MessageDescriptor descriptor)
    {
        _fields = [.. descriptor.Fields.InDeclarationOrder().Select(FieldPlan.For)];
        _byNumber = [.. _fields.OrderBy(field => field.Number)];
        _required = [.. _fields.Where(field => field.IsRequired)];
        var reachable = Reachable(descriptor);
        HoldsRequired = reachable.Any(type => type.Fields.InDeclarationOrder().Any(field => field.IsRequired));
        HoldsEnums = reachable.Any(type => type.Fields.InDeclarationOrder().Any(field => field.FieldType == FieldType.Enum));
    }

    /// <summary>Whether a required field is in this message or in any that can be inside it.</summary>
    internal bool HoldsRequired { get; }

    internal bool HoldsEnums { get; }

    internal static MessagePlan For(MessageDescriptor descriptor) =>
        Plans.GetOrAdd(descriptor, static descriptor => new MessagePlan(descriptor));

    private static HashSet<MessageDescriptor> Reachable(MessageDescriptor from)
    {
        var found = new HashSet<MessageDescriptor> { from };
        var left = new Stack<MessageDescriptor>(found);
        while (left.TryPop(out var type))
        {
            foreach (var field in type.Fields.InDeclarationOrder())
            {
                if (field.FieldType == FieldType.Message && found.Add(field.MessageType))
                {
                    left.Push(field.MessageType);
                }
            }
        }

        return found;
    }

    /// <param name="input">Stands at the opening brace, and afterwards at the closing one.</param>
    internal void Read(ref JsonInput input, IMessage message)
    {
        var seen = UInt128.Zero;
        var hint = 0;
        while (input.Reader.Read() && input.Reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = Find(ref input, ref hint);
            input.Reader.Read();
            if (field is null)
            {
                input.Skip();
                continue;
            }

            input.NameRepeated |= (seen & field.Once) != 0;
            seen |= field.Once;
            field.Read(ref input, message);
        }
    }

    /// <summary>Names mostly come in the order of the .proto, so the search goes on where the last one ended.</summary>
    private FieldPlan? Find(ref JsonInput input, ref int hint)
    {
        var name = input.Reader.ValueIsEscaped ? System.Text.Encoding.UTF8.GetBytes(input.Reader.GetString()!) : input.Reader.ValueSpan;
        for (var i = 0; i < _fields.Length; i++)
        {
            var at = hint + i;
            at = at < _fields.Length ? at : at - _fields.Length;
            if (name.SequenceEqual(_fields[at].Utf8Name))
            {
                hint = at + 1;
                return _fields[at];
            }
        }

        return null;
    }

    internal void Write(Utf8JsonWriter writer, IMessage message)
    {
        writer.WriteStartObject();
        foreach (var field in _fields)
        {
            field.Write(writer, message);
        }

        writer.WriteEndObject();
    }

    internal bool IsInitialized(IMessage message)
    {
        if (!HoldsRequired)
        {
            return true;
        }

        foreach (var field in _required)
        {
            if (!field.Has(message))
            {
                return false;
            }
        }

        foreach (var field in _fields)
        {
            if (!field.IsInitialized(message))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Names each required field that is not set, in protobuf's own order: this message's, then those of its parts by number.</summary>
    internal void FindMissing(IMessage message, string path, List<string> missing)
    {
        missing.AddRange(_required.Where(field => !field.Has(message)).Select(field => path + field.Name));
        foreach (var field in _byNumber)
        {
            field.FindMissing(message, path, missing);
        }
    }

    /// <summary>Unsets enum fields whose number has no name, as proto2 does when it reads them.</summary>
    internal void DropUnknownEnums(IMessage message)
    {
        if (!HoldsEnums)
        {
            return;
        }

        foreach (var field in _fields)
        {
            field.DropUnknownEnums(message);
        }
    }

    /// <summary>Calls <paramref name="visit"/> for this message and every one inside it, outermost first.</summary>
    internal void Visit(IMessage message, Action<IMessage> visit)
    {
        visit(message);
        foreach (var field in _fields)
        {
            field.Visit(message, visit);
        }
    }
}
