namespace MesosK8sBridge.Shim.Http;

/// <summary>What one principal proves itself with. A principal may have several, e.g. while its secret is being changed.</summary>
/// <param name="Principal">Not empty, without a colon: HTTP Basic authentication ends it with one.</param>
/// <param name="Secret">Any bytes; not copied.</param>
public sealed record Credential(string Principal, ReadOnlyMemory<byte> Secret)
{
    /// <summary>Shows no secret.</summary>
    public override string ToString() => $"Credential of '{Principal}'";
}
