using System.Security.Cryptography;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Shim.Http;

/// <summary>Where stream ids come from: random UUIDs, which nobody but their framework can know.</summary>
internal static class StreamIds
{
    public static StreamId Next() => new(MesosUuid.OfRandom(RandomNumberGenerator.GetBytes(16)));
}
