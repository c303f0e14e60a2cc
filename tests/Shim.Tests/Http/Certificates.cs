using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>A folder with <c>tls.crt</c> and <c>tls.key</c> as Kubernetes mounts a Secret: behind a link that is swapped.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tls-");
    private int _version;

    public Certificates()
    {
        File.CreateSymbolicLink(Certificate, "..data/tls.crt");
        File.CreateSymbolicLink(Key, "..data/tls.key");
    }

    public string Certificate => Path.Combine(_folder.FullName, "tls.crt");

    public string Key => Path.Combine(_folder.FullName, "tls.key");

    /// <summary>Swaps the link to a new certificate for 127.0.0.1, with another above it in the same file.</summary>
    public void Issue(string name)
    {
        var (certificate, key) = Make(name);
        Swap(certificate, key);
    }

    public void Swap(string certificate, string key)
    {
        var version = $"..{++_version}";
        var folder = _folder.CreateSubdirectory(version).FullName;
        File.WriteAllText(Path.Combine(folder, "tls.crt"), certificate);
        File.WriteAllText(Path.Combine(folder, "tls.key"), key);
        var link = Path.Combine(_folder.FullName, "..data");
        if (Directory.Exists(link))
        {
            Directory.Delete(link);
        }

        Directory.CreateSymbolicLink(link, version);
    }

    public static (string Certificate, string Key) Make(string name)
    {
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("CN=root of " + name, rootKey).CreateSelfSigned(from, from.AddYears(30));
        using var aboveKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuer = Authority("CN=above " + name, aboveKey).Create(root, from, from.AddYears(30), [1, 2]).CopyWithPrivateKey(aboveKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(issuer, from, from.AddYears(30), [1, 2, 3]);
        return (certificate.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
