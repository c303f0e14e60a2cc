using System.Buffers;
using Google.Protobuf;

namespace MesosK8sBridge.Protocol;

/// <summary>Bytes that are no such message. Mesos answers "Failed to parse body into Call protobuf", without a reason.</summary>
public sealed class MesosProtobufException : Exception
{
    internal MesosProtobufException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Reads binary messages by proto2's rules, which Google.Protobuf for C# does not keep by itself.</summary>
/// <remarks>
/// Every required field must be there, and an enum number without a name counts as absent, as in C++. Unknown fields are
/// kept. Bounds: 100 messages inside each other; memory in proportion to the bytes, whose number the caller bounds.
/// </remarks>
public static class MesosProtobuf
{
    /// <exception cref="MesosProtobufException">Malformed, truncated, nested too deeply, or without a required field.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> bytes)
        where T : class, IMessage<T>, new()
    {
        var message = new T();
        try
        {
            message.MergeFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new MesosProtobufException(e.Message, e);
        }

        return Settled(message);
    }

    /// <inheritdoc cref="Parse{T}(ReadOnlySpan{byte})"/>
    public static T Parse<T>(in ReadOnlySequence<byte> bytes)
        where T : class, IMessage<T>, new()
    {
        var message = new T();
        try
        {
            message.MergeFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new MesosProtobufException(e.Message, e);
        }

        return Settled(message);
    }

    /// <summary>The required fields that are not set, as protobuf prints them: <c>subscribe.framework_info.user, …</c>; "" if none.</summary>
    public static string MissingRequiredFields(IMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var missing = new List<string>();
        MessagePlan.For(message.Descriptor).FindMissing(message, "", missing);
        return string.Join(", ", missing);
    }

    private static T Settled<T>(T message)
        where T : class, IMessage<T>, new()
    {
        var plan = MessagePlan.For(message.Descriptor);
        plan.DropUnknownEnums(message);
        return plan.IsInitialized(message)
            ? message
            : throw new MesosProtobufException("Missing required fields: " + MissingRequiredFields(message));
    }
}
