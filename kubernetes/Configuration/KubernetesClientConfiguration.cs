using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MesosK8sBridge.Kubernetes.Configuration;

/// <summary>Where the API server is, how to know it, and how to be known by it. Holds secrets: never printed.</summary>
public sealed class KubernetesClientConfiguration
{
    private const string ServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Scheme, host, port, and a path prefix where a proxy wants one.</summary>
    public required Uri Server { get; init; }

    /// <summary>Of the context, or of the service account; null where none is said.</summary>
    public string? Namespace { get; init; }

    /// <summary>The certificate must be for this name instead of the host's.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Believe any server. For tests only.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>Null: those the system trusts.</summary>
    public X509Certificate2Collection? CertificateAuthorities { get; init; }

    /// <summary>Null: the proxy of the environment, if there is one.</summary>
    public Uri? Proxy { get; init; }

    internal IReadOnlyList<KeyValuePair<string, string>> Impersonation { get; init; } = [];

    internal Credential Credential { get; init; } = Credential.None;

    /// <summary>
    /// The first that is there: <paramref name="kubeconfig"/>, the files of <c>KUBECONFIG</c>, the service account of the Pod we run
    /// in, <c>~/.kube/config</c>.
    /// </summary>
    /// <param name="context">Null: the current context of the files.</param>
    /// <exception cref="KubernetesConfigurationException">None is there, or what is there cannot be used.</exception>
    public static KubernetesClientConfiguration Load(string? kubeconfig = null, string? context = null, TimeProvider? clock = null)
    {
        if (kubeconfig is not null)
        {
            return FromFiles([kubeconfig], context, clock);
        }

        if (Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } list)
        {
            return FromFiles(list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries), context, clock);
        }

        return IsInCluster(Environment.GetEnvironmentVariable)
            ? InCluster(clock: clock)
            : FromFiles([Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config")], context, clock);
    }

    /// <summary>Merges kubeconfig files as kubectl does: of what has one name, the first file's counts.</summary>
    /// <param name="paths">Missing ones are passed over as long as one is there.</param>
    /// <exception cref="KubernetesConfigurationException">A file is no kubeconfig, or names what is not there.</exception>
    public static KubernetesClientConfiguration FromFiles(IReadOnlyList<string> paths, string? context = null, TimeProvider? clock = null) =>
        Kubeconfig.Read(paths).Resolve(context, clock ?? TimeProvider.System);

    /// <param name="environment">Null: that of the process.</param>
    /// <param name="folder">With <c>token</c>, <c>ca.crt</c> and <c>namespace</c>.</param>
    /// <exception cref="KubernetesConfigurationException">We do not run in a Pod, or without a service account.</exception>
    public static KubernetesClientConfiguration InCluster(
        Func<string, string?>? environment = null, string folder = ServiceAccountFolder, TimeProvider? clock = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        if (!IsInCluster(environment))
        {
            throw new KubernetesConfigurationException("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: not in a Pod.");
        }

        var host = environment("KUBERNETES_SERVICE_HOST")!;
        var bracketed = IPAddress.TryParse(host, out var ip) && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{ip}]" : host;
        var server = $"https://{bracketed}:{environment("KUBERNETES_SERVICE_PORT")}";
        var namespaceFile = Path.Combine(folder, "namespace");
        var tokenFile = Path.Combine(folder, "token");
        return new()
        {
            Server = Uri.TryCreate(server, UriKind.Absolute, out var uri)
                ? uri
                : throw new KubernetesConfigurationException($"KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT make no address: {server}"),
            Namespace = File.Exists(namespaceFile) ? File.ReadAllText(namespaceFile).Trim() : null,
            CertificateAuthorities = Pem.Authorities(Pem.ReadFile(Path.Combine(folder, "ca.crt"), "ca.crt"), Path.Combine(folder, "ca.crt")),
            Credential = File.Exists(tokenFile)
                ? new TokenFileCredential(tokenFile, clock ?? TimeProvider.System)
                : throw new KubernetesConfigurationException($"{tokenFile} is not there: the Pod has no service account token."),
        };
    }

    /// <summary>Without the secrets.</summary>
    public override string ToString() => $"{Server} ({Credential.Kind})";

    private static bool IsInCluster(Func<string, string?> environment) =>
        environment("KUBERNETES_SERVICE_HOST") is { Length: > 0 } && environment("KUBERNETES_SERVICE_PORT") is { Length: > 0 };
}

/// <summary>Certificates and keys as PEM text. <c>field</c> is what an error names.</summary>
internal static class Pem
{
    public static string ReadFile(string path, string field)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubernetesConfigurationException($"{field}: cannot read {path}: {e.Message}", e);
        }
    }

    public static X509Certificate2Collection Authorities(string pem, string field)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new KubernetesConfigurationException($"{field}: not a certificate in PEM form.", e);
        }

        return found.Count > 0 ? found : throw new KubernetesConfigurationException($"{field}: no certificate in it.");
    }

    public static X509Certificate2 Pair(string certificate, string key, string field)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificate, key);

            // TLS on some systems takes no key that was never in a key store; a round trip through PKCS #12 makes it one.
            return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), password: null);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // No inner exception: nothing of a key may end up in a log.
            throw new KubernetesConfigurationException($"{field}: certificate and key in PEM form that belong together were expected.");
        }
    }
}
