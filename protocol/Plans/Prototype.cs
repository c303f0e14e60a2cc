using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace MesosK8sBridge.Protocol;

/// <summary>The descriptor of a message type known at compile time.</summary>
internal static class Prototype<T>
    where T : class, IMessage<T>, new()
{
    internal static readonly MessageDescriptor Descriptor = new T().Descriptor;
}
