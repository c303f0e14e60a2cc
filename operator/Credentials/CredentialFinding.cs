namespace MesosK8sBridge.Operator.Credentials;

/// <summary>What came of a resource's wish that its framework proves who it is. Tells nothing of what is in the Secret but the principal.</summary>
/// <param name="Principal">Whom the framework must authenticate as; null while the resource admits nobody.</param>
/// <param name="Reason">One word, stable.</param>
/// <param name="Message">For people.</param>
internal sealed record CredentialFinding(string? Principal, string Reason, string Message)
{
    /// <summary>Frameworks can authenticate, and those that do are admitted.</summary>
    public bool IsReady => Principal is not null;
}
