using System.Buffers;
using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>Calls and events in either form of the scheduler API.</summary>
internal static class EventCodec
{
    public static string MediaType(WireFormat format) => format == WireFormat.Json ? "application/json" : "application/x-protobuf";

    public static byte[] Encode(Call call, WireFormat format) =>
        format == WireFormat.Json ? MesosJson.ToUtf8(call) : call.ToByteArray();

    /// <exception cref="FormatException">It is no event.</exception>
    public static Event Decode(in ReadOnlySequence<byte> record, WireFormat format)
    {
        try
        {
            return format == WireFormat.Json ? MesosJson.Parse<Event>(record) : MesosProtobuf.Parse<Event>(record);
        }
        catch (Exception e) when (e is MesosJsonException or MesosProtobufException)
        {
            throw new FormatException(e.Message, e);
        }
    }
}
