using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MesosK8sBridge.Kubernetes.Configuration;

namespace MesosK8sBridge.Kubernetes.Wire;

/// <summary>Makes the connections of a client: whom they trust, what they show, when they count as dead.</summary>
internal static class Connections
{
    public static SocketsHttpHandler Create(KubernetesClientConfiguration configuration)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.GZip,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            PooledConnectionLifetime = TimeSpan.FromMinutes(30),
            SslOptions = Tls(configuration),
        };
        if (configuration.Proxy is { } proxy)
        {
            handler.Proxy = new WebProxy(proxy);
        }

        handler.UseProxy = configuration.Proxy is not null || !configuration.Server.IsLoopback;
        return handler;
    }

    private static SslClientAuthenticationOptions Tls(KubernetesClientConfiguration configuration)
    {
        var tls = new SslClientAuthenticationOptions
        {
            LocalCertificateSelectionCallback = (_, _, _, _, _) => configuration.Credential.Certificate!,
        };
        if (configuration.SkipTlsVerify)
        {
#pragma warning disable CA5359, MA0039 // Asked for by name in the kubeconfig.
            tls.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359, MA0039
        }
        else if (configuration.CertificateAuthorities is { } authorities)
        {
            tls.CertificateChainPolicy = Trusting(authorities);
        }

        return tls;
    }

    private static X509ChainPolicy Trusting(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
