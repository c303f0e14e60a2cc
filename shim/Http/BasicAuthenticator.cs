using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace MesosK8sBridge.Shim.Http;

/// <summary>
/// HTTP Basic authentication against a set of credentials that can be replaced at any time. Secrets are kept only as keyed
/// hashes; a wrong secret, an unknown principal and a right one cost the same.
/// </summary>
/// <param name="allowAnonymous">
/// Whether requests without an <c>Authorization</c> header are let in, without a principal. Even then nobody may claim a
/// principal that has credentials without showing them.
/// </param>
/// <remarks>Thread-safe. Mesos: 3rdparty/libprocess/src/authenticator.cpp, <c>BasicAuthenticatorProcess::authenticate</c>.</remarks>
public sealed class BasicAuthenticator(bool allowAnonymous) : IFrameworkAuthenticator
{
    private const string Scheme = "Basic ";

    private static readonly Authentication NotAsked = new Authentication.NotAsked();
    private static readonly Authentication Refused = new Authentication.Refused(Challenges.Scheduler);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);
    private readonly byte[] _nobody = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);
    private volatile FrozenDictionary<string, byte[][]> _hashes = FrozenDictionary<string, byte[][]>.Empty;

    /// <summary>Makes this the whole set. Requests under way finish with the one before.</summary>
    /// <exception cref="ArgumentException">A principal is empty or has a colon in it; nothing is replaced.</exception>
    public void Replace(IEnumerable<Credential> credentials)
    {
        var all = credentials.ToArray();
        if (Array.Find(all, c => c.Principal.Length == 0 || c.Principal.Contains(':', StringComparison.Ordinal)) is { } wrong)
        {
            throw new ArgumentException($"'{wrong.Principal}' cannot be a principal: it is empty or has a colon in it.", nameof(credentials));
        }

        _hashes = all
            .GroupBy(c => c.Principal, StringComparer.Ordinal)
            .ToFrozenDictionary(g => g.Key, g => g.Select(c => Hash(c.Secret.Span)).ToArray(), StringComparer.Ordinal);
    }

    public ValueTask<Authentication> AuthenticateAsync(string? authorization, CancellationToken ct) =>
        new(authorization is null && allowAnonymous ? NotAsked
            : Principal(authorization ?? "") is { } principal ? new Authentication.Accepted(principal)
            : Refused);

    public bool IsReserved(string principal) => _hashes.ContainsKey(principal);

    /// <returns>Null if the header proves nothing.</returns>
    private string? Principal(string authorization)
    {
        if (!authorization.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return null;
        }

        var encoded = authorization.AsSpan(Scheme.Length);
        Span<byte> decoded = new byte[encoded.Length];
        if (encoded.Contains(' ') || !Convert.TryFromBase64Chars(encoded, decoded, out var length))
        {
            return null;
        }

        decoded = decoded[..length];
        var colon = decoded.IndexOf((byte)':');
        return colon >= 0 && Encoding.UTF8.GetString(decoded[..colon]) is var principal && Proves(principal, decoded[(colon + 1)..])
            ? principal
            : null;
    }

    private bool Proves(string principal, ReadOnlySpan<byte> secret)
    {
        var hash = Hash(secret);
        var proven = CryptographicOperations.FixedTimeEquals(hash, _nobody);
        foreach (var known in _hashes.GetValueOrDefault(principal) ?? [_nobody])
        {
            proven |= CryptographicOperations.FixedTimeEquals(hash, known);
        }

        return proven;
    }

    private byte[] Hash(ReadOnlySpan<byte> secret) => HMACSHA256.HashData(_key, secret);
}
