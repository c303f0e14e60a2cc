using System.Text;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Shim.Http;

namespace MesosK8sBridge.Operator.Credentials;

/// <summary>A credential in a Secret: its keys are <c>principal</c> and <c>secret</c>, as in Mesos' files of credentials, or those of a <c>kubernetes.io/basic-auth</c> Secret.</summary>
internal static class CredentialReader
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <returns>Exactly one of the two. The problem does not repeat what is in the Secret.</returns>
    public static (Credential? Credential, string? Problem) Read(V1Secret secret)
    {
        var (principalKey, secretKey) = secret.Data?.ContainsKey("username") is true && !secret.Data.ContainsKey("principal")
            ? ("username", "password")
            : ("principal", "secret");
        var name = $"Secret '{secret.Name()}'";
        return !TryFind(secret, principalKey, out var principal) ? (null, $"{name} has no key '{principalKey}'")
            : !TryFind(secret, secretKey, out var proof) ? (null, $"{name} has no key '{secretKey}'")
            : Problem(principalKey, principal) is { } bad ? (null, $"{name}: {bad}")
            : EndsInLineBreak(proof) ? (null, $"{name}: '{secretKey}' ends in a line break, which is hardly part of it")
            : (new Credential(Strict.GetString(principal), proof), null);
    }

    private static bool TryFind(V1Secret secret, string key, out byte[] value) =>
        (value = secret.Data?.TryGetValue(key, out var found) is true ? found : []).Length > 0;

    private static string? Problem(string key, byte[] principal)
    {
        try
        {
            var text = Strict.GetString(principal);
            return EndsInLineBreak(principal) ? $"'{key}' ends in a line break, which is hardly part of it"
                : text.Contains(':', StringComparison.Ordinal) ? $"'{key}' has a colon in it, which HTTP Basic authentication cannot carry"
                : text.Any(char.IsControl) ? $"'{key}' has control characters in it"
                : null;
        }
        catch (DecoderFallbackException)
        {
            return $"'{key}' is not UTF-8 text";
        }
    }

    private static bool EndsInLineBreak(byte[] value) => value is [.., (byte)'\n' or (byte)'\r'];
}
