namespace MesosK8sBridge.Operator.Credentials;

/// <summary>How frameworks prove who they are.</summary>
public sealed record CredentialSettings
{
    /// <summary>
    /// Everybody has to authenticate. By default, as in Mesos, frameworks may come unasked; those whose resource names a Secret must
    /// authenticate in any case. Mesos: --authenticate_http_frameworks.
    /// </summary>
    public bool AuthenticateFrameworks { get; init; }

    /// <summary>How often each Secret is read: after this time at most a change is felt. Default 10 s.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a start waits for Secrets that cannot be read. Default 10 s.</summary>
    public TimeSpan SyncTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
