using System.Collections.Immutable;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Informers;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Shim.Http;

namespace MesosK8sBridge.Operator.Credentials;

/// <summary>What the Secret of one resource held when it was last read.</summary>
/// <param name="Generation">Of the resource.</param>
/// <param name="Version">Of the Secret; null if it could not be read.</param>
/// <param name="Credential">Null if there is none to be had; then <paramref name="Reason"/> says why.</param>
internal sealed record SecretReading(
    string SecretName, long? Generation, string? Version, Credential? Credential, string Reason, string Message)
{
    /// <summary>The principal in it, or in what was read for this resource last, if anything ever was: taken away, it is nobody else's yet.</summary>
    public string? Principal => Credential?.Principal ?? LastPrincipal;

    public string? LastPrincipal { get; init; }

    /// <summary>The same Secret for the same resource, and nothing new about either.</summary>
    public bool SaysTheSameAs(SecretReading? other) =>
        other is not null && (SecretName, Generation, Version, Reason, Message) == (other.SecretName, other.Generation, other.Version, other.Reason, other.Message);
}

/// <summary>
/// All credentials together: which count, and what is to be said of each resource. A principal is the namespace's that named it first:
/// nobody elsewhere gets to act as it with a secret of his own.
/// </summary>
/// <param name="Findings">Of all resources that name a Secret.</param>
/// <param name="Reserved">Principals that nobody may call himself without proof, whether or not anybody can prove it for the moment.</param>
internal sealed record CredentialBook(
    ImmutableArray<Credential> Credentials, ImmutableDictionary<ObjectKey, CredentialFinding> Findings, ImmutableHashSet<string> Reserved)
{
    public static readonly CredentialBook Empty = new([], ImmutableDictionary<ObjectKey, CredentialFinding>.Empty, []);

    public static CredentialBook Of(IEnumerable<V1Alpha1MesosFramework> resources, IReadOnlyDictionary<ObjectKey, SecretReading> readings)
    {
        var asking = resources.Where(resource => SecretOf(resource) is not null)
            .OrderBy(resource => resource.Metadata.CreationTimestamp).ThenBy(FrameworkSpecs.KeyOf, StringComparer.Ordinal).ToList();
        var owners = new Dictionary<string, V1Alpha1MesosFramework>(StringComparer.Ordinal);
        var findings = ImmutableDictionary.CreateBuilder<ObjectKey, CredentialFinding>();
        var credentials = ImmutableArray.CreateBuilder<Credential>();
        foreach (var resource in asking)
        {
            var reading = readings.GetValueOrDefault(ObjectKey.Of(resource));
            var finding = Judge(resource, reading, Claim(resource, reading, owners));
            findings[ObjectKey.Of(resource)] = finding;
            if (finding.IsReady)
            {
                credentials.Add(reading!.Credential!);
            }
        }

        return new(credentials.ToImmutable(), findings.ToImmutable(), owners.Keys.ToImmutableHashSet(StringComparer.Ordinal));
    }

    /// <summary>The name of the Secret, in the resource's own namespace; null if frameworks need not authenticate.</summary>
    public static string? SecretOf(V1Alpha1MesosFramework resource) => resource.Spec.CredentialSecretRef?.Name is { Length: > 0 } name ? name : null;

    /// <summary>The principal is claimed by who names it, or has had it, also while the Secret is away.</summary>
    /// <returns>Whose it is; null while no principal is known.</returns>
    private static V1Alpha1MesosFramework? Claim(
        V1Alpha1MesosFramework resource, SecretReading? reading, Dictionary<string, V1Alpha1MesosFramework> owners)
    {
        if ((resource.Spec.Principal ?? reading?.Principal) is not { } principal)
        {
            return null;
        }

        owners.TryAdd(principal, resource);
        return owners[principal];
    }

    private static CredentialFinding Judge(V1Alpha1MesosFramework resource, SecretReading? reading, V1Alpha1MesosFramework? owner)
    {
        if (reading is null || reading.SecretName != SecretOf(resource))
        {
            return new(null, "SecretUnread", $"Secret '{SecretOf(resource)}' has not been read yet");
        }

        if (reading.Credential is not { Principal: var principal })
        {
            return new(null, reading.Reason, reading.Message);
        }

        if (resource.Spec.Principal is { } wanted && wanted != principal)
        {
            return new(null, "PrincipalMismatch", $"Secret '{reading.SecretName}' is for another principal than '{wanted}'");
        }

        return owner!.Namespace() == resource.Namespace()
            ? new(principal, reading.Reason, reading.Message)
            : new(null, "PrincipalTaken", $"Principal '{principal}' belongs to {FrameworkSpecs.KeyOf(owner!)}, which is older and in another namespace");
    }
}
