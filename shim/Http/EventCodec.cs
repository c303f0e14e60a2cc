using System.Buffers;
using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Shim.Http;

/// <summary>Events in the framework's media type.</summary>
internal static class EventCodec
{
    public static void Write(IBufferWriter<byte> output, Event @event, MediaType mediaType)
    {
        if (mediaType == MediaType.Json)
        {
            MesosJson.Write(@event, output);
        }
        else
        {
            @event.WriteTo(output);
        }
    }
}
