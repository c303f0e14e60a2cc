using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MesosK8sBridge.Shim.Http;

/// <summary>
/// What the listener proves itself with. Both files may be replaced at any time, one after the other or by a symbolic link, as
/// Kubernetes does with the files of a Secret; connections that are open stay.
/// </summary>
public sealed class TlsOptions
{
    /// <summary>PEM: the certificate, then those between it and the root.</summary>
    [Required]
    public string CertificateFile { get; set; } = "";

    /// <summary>PEM: its private key, not encrypted. May be the same file.</summary>
    [Required]
    public string KeyFile { get; set; } = "";

    /// <summary>Time between two looks at the files. 1 s to 1 d, default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(30);
}

[OptionsValidator]
internal sealed partial class TlsOptionsValidator : IValidateOptions<TlsOptions>;
