using System.ComponentModel;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MesosK8sBridge.Kubernetes.Configuration;

/// <param name="File">The kubeconfig it is in, for errors.</param>
/// <param name="ClusterInfo">The <c>spec.cluster</c> it asked for, or null.</param>
internal sealed record ExecPlugin(
    string File,
    string ApiVersion,
    string Command,
    IReadOnlyList<string> Arguments,
    IReadOnlyList<KeyValuePair<string, string>> Environment,
    string? InstallHint,
    JsonObject? ClusterInfo)
{
    public const string V1 = "client.authentication.k8s.io/v1";

    public const string V1Beta1 = "client.authentication.k8s.io/v1beta1";
}

/// <summary>Asks a program for a token or a certificate, keeps it until it expires or is refused, and asks once for all who wait.</summary>
/// <remarks>
/// Kubernetes: client-go/pkg/apis/clientauthentication. Its standard error is ours, its standard output is never repeated anywhere.
/// </remarks>
internal sealed class ExecCredential(ExecPlugin plugin, TimeProvider clock, TimeSpan timeout) : Credential, IDisposable
{
    /// <summary>So that a token does not expire on its way.</summary>
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(10);

    private const int MostOutput = 1024 * 1024;

    private readonly SemaphoreSlim _asking = new(1, 1);

    private volatile Answer? _answer;

    public override string Kind => $"plugin {plugin.Command}";

    public override X509Certificate2? Certificate => _answer?.Certificate;

    public override async ValueTask<AuthenticationHeaderValue?> HeaderAsync(CancellationToken cancellationToken)
    {
        if (Current is { } known)
        {
            return known.Header;
        }

        await _asking.WaitAsync(cancellationToken);
        try
        {
            return (Current ?? (_answer = await AskAsync(cancellationToken))).Header;
        }
        finally
        {
            _asking.Release();
        }
    }

    public override bool Refused(AuthenticationHeaderValue? refused)
    {
        if (_answer is { } known && Equals(known.Header, refused))
        {
            _answer = null;
        }

        return true;
    }

    public void Dispose() => _asking.Dispose();

    private Answer? Current => _answer is { } known && (known.Expires is null || clock.GetUtcNow() < known.Expires - Leeway) ? known : null;

    private async Task<Answer> AskAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var process = Start();
        try
        {
            var output = await ReadAsync(process, either.Token);
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0 ? Parse(output) : throw Failure($"exited with status {process.ExitCode}");
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Failure($"gave no answer within {timeout.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(plugin.Command, plugin.Arguments) 
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in plugin.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = Question().ToJsonString();
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception e)
        {
            throw Failure($"cannot be started: {e.Message}{(plugin.InstallHint is null ? "" : $" ({plugin.InstallHint})")}");
        }
    }

    private JsonObject Question()
    {
        var spec = new JsonObject { ["interactive"] = false };
        if (plugin.ClusterInfo is not null)
        {
            spec["cluster"] = plugin.ClusterInfo.DeepClone();
        }

        return new() { ["apiVersion"] = plugin.ApiVersion, ["kind"] = "ExecCredential", ["spec"] = spec };
    }

    private async Task<byte[]> ReadAsync(Process process, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        var chunk = new byte[4096];
        int read;
        while ((read = await process.StandardOutput.BaseStream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            output.Write(chunk, 0, read);
            if (output.Length > MostOutput)
            {
                throw Failure("wrote more than 1 MiB");
            }
        }

        return output.ToArray();
    }

    private Answer Parse(byte[] output)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            return Parse(document.RootElement);
        }
        catch (JsonException)
        {
            throw Failure("wrote something that is not JSON");
        }
    }

    private Answer Parse(JsonElement root)
    {
        if (Text(root, "kind") != "ExecCredential" || Text(root, "apiVersion") != plugin.ApiVersion)
        {
            throw Failure($"wrote no ExecCredential of {plugin.ApiVersion}");
        }

        if (!root.TryGetProperty("status", out var status) || status.ValueKind != JsonValueKind.Object)
        {
            throw Failure("wrote an ExecCredential without status");
        }

        var (token, certificate, key) = (Text(status, "token"), Text(status, "clientCertificateData"), Text(status, "clientKeyData"));
        if (token is null && certificate is null)
        {
            throw Failure("wrote an ExecCredential with neither token nor clientCertificateData");
        }

        if (certificate is null != key is null)
        {
            throw Failure("wrote only one of clientCertificateData and clientKeyData");
        }

        return new(
            token is null ? null : FixedCredential.Bearer(token, $"{plugin.File}: token of exec plugin {plugin.Command}"),
            certificate is null ? null : Pem.Pair(certificate, key!, $"{plugin.File}: output of {plugin.Command}"),
            Expiry(status));
    }

    private DateTimeOffset? Expiry(JsonElement status)
    {
        if (Text(status, "expirationTimestamp") is null)
        {
            return null;
        }

        return status.GetProperty("expirationTimestamp").TryGetDateTimeOffset(out var expires)
            ? expires
            : throw Failure("wrote an expirationTimestamp that is not a time");
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    private KubernetesConfigurationException Failure(string what) => new($"{plugin.File}: exec plugin {plugin.Command} {what}.");

    private sealed record Answer(AuthenticationHeaderValue? Header, X509Certificate2? Certificate, DateTimeOffset? Expires);
}
