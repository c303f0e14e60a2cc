using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Shim.Http;

/// <summary>
/// The listener's certificate, as its files have it. They are looked at every now and then, and at a handshake if that was a
/// while ago. Files that make no certificate change nothing but the log: half a replacement is seen like a broken one.
/// </summary>
internal sealed class ServerCertificate : IDisposable
{
    /// <summary>Many handshakes at a time look at the files once.</summary>
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    private readonly TlsOptions _files;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _looking = new();
    private readonly ITimer _timer;
    private byte[] _seen;
    private long _seenAt;
    private volatile SslStreamCertificateContext _context;

    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">The files are no certificate with its key.</exception>
    public ServerCertificate(TlsOptions files, TimeProvider clock, ILogger logger)
    {
        (_files, _clock, _logger) = (files, clock, logger);
        var (certificate, key) = Read();
        _context = Parse(certificate, key);
        (_seen, _seenAt) = (Fingerprint(certificate, key), clock.GetTimestamp());
        _timer = clock.CreateTimer(_ => Look(), null, files.ReloadInterval, files.ReloadInterval);
    }

    /// <summary>For a handshake that begins now.</summary>
    public SslStreamCertificateContext ForHandshake()
    {
        if (_clock.GetElapsedTime(Interlocked.Read(ref _seenAt)) >= ShortestInterval)
        {
            Look();
        }

        return _context;
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        if (!_looking.TryEnter())
        {
            return; // Somebody looks already.
        }

        try
        {
            Interlocked.Exchange(ref _seenAt, _clock.GetTimestamp());
            Take(Read());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.CertificateUnreadable(_files.CertificateFile, _files.KeyFile, e.Message);
        }
        finally
        {
            _looking.Exit();
        }
    }

    private void Take((string Certificate, string Key) files)
    {
        var fingerprint = Fingerprint(files.Certificate, files.Key);
        if (fingerprint.AsSpan().SequenceEqual(_seen))
        {
            return;
        }

        _seen = fingerprint;
        try
        {
            _context = Parse(files.Certificate, files.Key);
            _logger.CertificateLoaded(_context.TargetCertificate.Subject, _context.TargetCertificate.NotAfter.ToUniversalTime());
        }
        catch (Exception e) // The edge: whatever a file holds, it must not end the process.
        {
            _logger.CertificateBroken(_files.CertificateFile, _files.KeyFile, e.Message);
        }
    }

    private (string Certificate, string Key) Read() => (File.ReadAllText(_files.CertificateFile), File.ReadAllText(_files.KeyFile));

    private static byte[] Fingerprint(string certificate, string key) => SHA256.HashData(Encoding.UTF8.GetBytes(certificate + "\0" + key));

    private static SslStreamCertificateContext Parse(string certificate, string key)
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificate);
            return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(certificate, key), chain, offline: true);
        }
        catch (ArgumentException e)
        {
            // How the key that does not fit its certificate is told of.
            throw new CryptographicException(e.Message, e);
        }
    }
}
