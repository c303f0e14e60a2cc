using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MesosK8sBridge.Kubernetes.Configuration;

/// <summary>How a client proves who it is. Thread-safe.</summary>
internal abstract class Credential
{
    public static Credential None { get; } = new FixedCredential("anonymous", header: null, certificate: null);

    /// <summary>For logs.</summary>
    public abstract string Kind { get; }

    /// <summary>For connections made from now on; null for none. Current only after <see cref="HeaderAsync"/>.</summary>
    public virtual X509Certificate2? Certificate => null;

    /// <summary>For the next request; null for none.</summary>
    /// <exception cref="KubernetesConfigurationException">There is no credential to be had.</exception>
    public abstract ValueTask<AuthenticationHeaderValue?> HeaderAsync(CancellationToken cancellationToken);

    /// <summary>The server answered 401 to <paramref name="refused"/>.</summary>
    /// <returns>Whether another attempt may have something newer to show.</returns>
    public virtual bool Refused(AuthenticationHeaderValue? refused) => false;
}

internal sealed class FixedCredential(string kind, AuthenticationHeaderValue? header, X509Certificate2? certificate) : Credential
{
    public override string Kind => kind;

    public override X509Certificate2? Certificate => certificate;

    /// <exception cref="KubernetesConfigurationException">It cannot be a token: a header carries visible characters only.</exception>
    public static AuthenticationHeaderValue Bearer(string token, string field) => token.All(c => c is > ' ' and < (char)127)
        ? new("Bearer", token)
        : throw new KubernetesConfigurationException($"{field}: it has characters that no token has.");

    public static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    public override ValueTask<AuthenticationHeaderValue?> HeaderAsync(CancellationToken cancellationToken) => new(header);
}

/// <summary>A token that somebody else renews on disk: read again every minute, and when the server refuses it.</summary>
/// <remarks>A file that cannot be read for a moment leaves the last token in use.</remarks>
internal sealed class TokenFileCredential(string path, TimeProvider clock, X509Certificate2? certificate = null) : Credential
{
    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromMinutes(1);

    private volatile Reading? _last;

    public override string Kind => $"token of {path}";

    public override X509Certificate2? Certificate => certificate;

    public override ValueTask<AuthenticationHeaderValue?> HeaderAsync(CancellationToken cancellationToken)
    {
        var last = _last;
        if (last is null || clock.GetElapsedTime(last.At) >= ReadAgainAfter)
        {
            last = Read(last);
            _last = last;
        }

        return new(last.Header);
    }

    public override bool Refused(AuthenticationHeaderValue? refused)
    {
        _last = Read(_last);
        return !Equals(_last.Header, refused);
    }

    private Reading Read(Reading? last)
    {
        try
        {
            var token = File.ReadAllText(path).Trim();
            if (token.Length > 0)
            {
                return new(FixedCredential.Bearer(token, path), clock.GetTimestamp());
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (last is null)
            {
                throw new KubernetesConfigurationException($"tokenFile: cannot read {path}: {e.Message}", e);
            }
        }

        return last is null
            ? throw new KubernetesConfigurationException($"tokenFile: {path} is empty.")
            : new(last.Header, clock.GetTimestamp());
    }

    private sealed record Reading(AuthenticationHeaderValue Header, long At);
}
