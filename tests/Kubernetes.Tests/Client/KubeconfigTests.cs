using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Tests.Nodes;

namespace MesosK8sBridge.Kubernetes.Tests.Client;

public sealed class KubeconfigTests : IDisposable
{
    private static readonly CancellationToken Deadline = new CancellationTokenSource(TimeSpan.FromMinutes(5)).Token;

    private readonly string _folder = Directory.CreateTempSubdirectory("kubeconfig").FullName;

    private readonly VirtualTime _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_what_has_one_name_the_first_file_counts()
    {
        var first = Write("first", """
            current-context: one
            clusters:
            - {name: c, cluster: {server: "https://first:1"}}
            contexts:
            - {name: one, context: {cluster: c, user: u, namespace: ns}}
            """);
        var second = Write("second", """
            current-context: two
            clusters:
            - {name: c, cluster: {server: "https://second:2"}}
            - {name: d, cluster: {server: "https://second:3"}}
            contexts:
            - {name: one, context: {cluster: d}}
            - {name: two, context: {cluster: d}}
            users:
            - {name: u, user: {token: t}}
            """);
        string[] paths = [Path.Combine(_folder, "missing"), first, second];

        var one = KubernetesClientConfiguration.FromFiles(paths);
        var two = KubernetesClientConfiguration.FromFiles(paths, "two");

        Assert.Equal(("https://first:1/", "ns"), (one.Server.ToString(), one.Namespace));
        Assert.Equal(("https://second:3/", null), (two.Server.ToString(), two.Namespace));
        Assert.Equal("token", one.Credential.Kind);
        Assert.Equal("anonymous", two.Credential.Kind);
    }

    [Theory]
    [InlineData("token: abc", "Bearer abc")]
    [InlineData("{username: u, password: p}", "Basic dTpw")]
    [InlineData("{token: abc, username: u}", "Bearer abc")]
    [InlineData("{token: abc, tokenFile: token}", "Bearer from-file")]
    [InlineData("{}", null)]
    [InlineData("{token: null}", null)]
    [InlineData("""{token: "null"}""", "Bearer null")]
    public async Task Who_we_are_is_shown_in_a_header(string user, string? header)
    {
        Write("token", "from-file\n");

        Assert.Equal(header, (await Load(user: user).Credential.HeaderAsync(Deadline))?.ToString());
    }

    [Fact]
    public async Task A_token_file_is_read_again_after_a_minute_and_when_it_is_refused()
    {
        var path = Write("token", "one");
        var credential = Load(user: "tokenFile: token").Credential;
        var one = await credential.HeaderAsync(Deadline);
        await File.WriteAllTextAsync(path, "two", Deadline);

        Assert.Equal("Bearer one", (await credential.HeaderAsync(Deadline))!.ToString());
        Assert.True(credential.Refused(one));
        Assert.Equal("Bearer two", (await credential.HeaderAsync(Deadline))!.ToString());
        Assert.False(credential.Refused(await credential.HeaderAsync(Deadline)));

        await File.WriteAllTextAsync(path, "three", Deadline);
        _time.Run(() => _time.Delay(61));
        Assert.Equal("Bearer three", (await credential.HeaderAsync(Deadline))!.ToString());

        File.Delete(path);
        _time.Run(() => _time.Delay(61));
        Assert.Equal("Bearer three", (await credential.HeaderAsync(Deadline))!.ToString());
    }

    [Fact]
    public async Task A_token_file_with_two_lines_is_refused_without_showing_them()
    {
        Write("token", "SECRET\nSECRET");

        var e = await Assert.ThrowsAsync<KubernetesConfigurationException>(async () => await Load(user: "tokenFile: token").Credential.HeaderAsync(Deadline));

        Assert.Contains(Path.Combine(_folder, "token"), e.Message);
        Assert.DoesNotContain("SECRET", e.ToString());
    }

    [Fact]
    public void Certificates_come_as_data_or_as_files_beside_the_kubeconfig()
    {
        var (certificate, key) = SelfSigned();
        Write("ca.pem", certificate);
        Write("crt.pem", certificate);
        Write("key.pem", key);

        var files = Load("{server: 'https://h', certificate-authority: ca.pem, tls-server-name: other}", "{client-certificate: crt.pem, client-key: key.pem}");
        var data = Load(
            $"{{server: 'https://h', certificate-authority: missing, certificate-authority-data: {Base64(certificate)}}}",
            $"{{client-certificate-data: {Base64(certificate)}, client-key-data: {Base64(key)}}}");

        Assert.Equal("other", files.TlsServerName);
        Assert.True(files.Credential.Certificate!.HasPrivateKey);
        Assert.Equal(files.Credential.Certificate.Thumbprint, data.Credential.Certificate!.Thumbprint);
        Assert.Equal(files.CertificateAuthorities![0].Thumbprint, data.CertificateAuthorities![0].Thumbprint);
    }

    [Theory]
    [InlineData("{}", "{}", "clusters['c'].cluster.server is missing")]
    [InlineData("{server: nonsense}", "{}", "clusters['c'].cluster.server: an address")]
    [InlineData("{server: [a]}", "{}", "clusters['c'].cluster.server: text was expected")]
    [InlineData("{server: 'https://h', certificate-authority: nowhere.pem}", "{}", "certificate-authority: cannot read")]
    [InlineData("{server: 'https://h', certificate-authority-data: '***'}", "{}", "certificate-authority-data: not base64")]
    [InlineData("{server: 'https://h', certificate-authority-data: aGVsbG8=}", "{}", "certificate-authority: no certificate in it")]
    [InlineData("{server: 'https://h', insecure-skip-tls-verify: maybe}", "{}", "insecure-skip-tls-verify: true or false")]
    [InlineData("{server: 'https://h', insecure-skip-tls-verify: true, certificate-authority: a}", "{}", "contradict")]
    [InlineData("{server: 'https://h', proxy-url: 'ftp://p'}", "{}", "proxy-url: an address")]
    [InlineData("{server: 'https://h'}", "{client-key-data: aGVsbG8=}", "users['u'].user: client-certificate is missing")]
    [InlineData("{server: 'https://h'}", "{client-certificate-data: U0VDUkVU, client-key-data: U0VDUkVU}", "client-certificate and client-key: certificate and key")]
    [InlineData("{server: 'https://h'}", "{token: \"SECRET\\nSECRET\"}", "users['u'].user.token: it has characters")]
    [InlineData("{server: 'https://h'}", "{auth-provider: {name: gcp}}", "auth-provider: not supported")]
    [InlineData("{server: 'https://h'}", "{exec: {command: x}}", "exec.apiVersion is missing")]
    [InlineData("{server: 'https://h'}", "{exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}}", "exec.apiVersion: 'client.authentication.k8s.io/v1alpha1'")]
    [InlineData("{server: 'https://h'}", "{exec: {apiVersion: client.authentication.k8s.io/v1}}", "exec.command is missing")]
    [InlineData("{server: 'https://h'}", "{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, env: [{value: v}]}}", "exec.env[0].name is missing")]
    [InlineData("{server: 'https://h'}", "{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}}", "interactiveMode")]
    public void An_error_names_the_file_and_the_field_and_no_secret(string cluster, string user, string words)
    {
        var e = Assert.Throws<KubernetesConfigurationException>(() => Load(cluster, user));

        Assert.Contains(words, e.Message);
        Assert.Contains(Path.Combine(_folder, "config"), e.Message);
        Assert.DoesNotContain("SECRET", e.ToString());
        Assert.DoesNotContain("U0VDUkVU", e.ToString());
    }

    [Theory]
    [InlineData("", "current-context is not set")]
    [InlineData("[]", "a mapping was expected")]
    [InlineData("a: [", "not YAML at line")]
    [InlineData("clusters: 3", "clusters: a list was expected")]
    [InlineData("clusters: [{cluster: {}}]", "clusters[0].name is missing")]
    [InlineData("current-context: x", "context 'x' is in none of the files")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: y}}]}", "cluster 'y' is in none of the files")]
    [InlineData("{current-context: x, contexts: [{name: x, context: {cluster: y, user: z}}], clusters: [{name: y, cluster: {server: 'http://h'}}]}", "user 'z' is in none")]
    public void A_file_that_does_not_hang_together_is_refused(string text, string words)
    {
        var path = Write("broken", text);

        Assert.Contains(words, Assert.Throws<KubernetesConfigurationException>(() => KubernetesClientConfiguration.FromFiles([path])).Message);
    }

    [Fact]
    public void Files_that_are_not_there_are_named() =>
        Assert.Contains("/nowhere/a", Assert.Throws<KubernetesConfigurationException>(() => KubernetesClientConfiguration.FromFiles(["/nowhere/a"])).Message);

    [Theory]
    [InlineData("10.0.0.1", "https://10.0.0.1:6443/")]
    [InlineData("fd00::1", "https://[fd00::1]:6443/")]
    public async Task In_a_Pod_the_service_account_speaks_for_us(string host, string server)
    {
        Write("token", "t\n");
        Write("namespace", "mesos\n");
        Write("ca.crt", SelfSigned().Certificate);

        var configuration = KubernetesClientConfiguration.InCluster(name => name == "KUBERNETES_SERVICE_HOST" ? host : "6443", _folder, _time);

        Assert.Equal((server, "mesos"), (configuration.Server.ToString(), configuration.Namespace));
        Assert.Equal("Bearer t", (await configuration.Credential.HeaderAsync(Deadline))!.ToString());
        Assert.Single(configuration.CertificateAuthorities!);
    }

    [Fact]
    public void Out_of_a_Pod_there_is_no_service_account() =>
        Assert.Throws<KubernetesConfigurationException>(() => KubernetesClientConfiguration.InCluster(_ => null, _folder));

    [Fact]
    public async Task A_plugin_is_asked_once_until_what_it_said_expires_or_is_refused()
    {
        var credential = Plugin("""
            echo run >> runs
            test "$1" = "--for me" || exit 3
            test "$WHO" = "us and them" || exit 4
            case "$KUBERNETES_EXEC_INFO" in *'"server":"https://h"'*) ;; *) exit 5;; esac
            n=$(wc -l < runs)
            echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$n'","expirationTimestamp":"2024-02-29T13:00:00Z"}}'
            """);

        var all = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => credential.HeaderAsync(Deadline).AsTask()));
        Assert.All(all, h => Assert.Equal("Bearer t1", h!.ToString()));

        Assert.True(credential.Refused(all[0]));
        Assert.Equal("Bearer t2", (await credential.HeaderAsync(Deadline))!.ToString());
        Assert.True(credential.Refused(all[0])); // An answer that came late refuses nothing newer.
        Assert.Equal("Bearer t2", (await credential.HeaderAsync(Deadline))!.ToString());

        _time.Run(() => _time.Delay(3591));
        Assert.Equal("Bearer t3", (await credential.HeaderAsync(Deadline))!.ToString());
    }

    [Theory]
    [InlineData("exit 7", "exited with status 7")]
    [InlineData("echo SECRET", "not JSON")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"SECRET"}}'""", "no ExecCredential of client.authentication.k8s.io/v1")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}'""", "without status")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}}'""", "neither token")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"clientCertificateData":"SECRET"}}'""", "only one of")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"SECRET","expirationTimestamp":"soon"}}'""", "not a time")]
    [InlineData("head -c 2000000 /dev/zero", "more than 1 MiB")]
    public async Task A_plugin_that_fails_is_blamed_without_repeating_what_it_said(string script, string words)
    {
        var e = await Assert.ThrowsAsync<KubernetesConfigurationException>(async () => await Plugin(script, strict: false).HeaderAsync(Deadline));

        Assert.Contains(words, e.Message);
        Assert.Contains("plugin.sh", e.Message);
        Assert.DoesNotContain("SECRET", e.ToString());
    }

    [Fact]
    public async Task A_plugin_that_hangs_is_ended()
    {
        var pidFile = Path.Combine(_folder, "pid");
        Write("hang.sh", "#!/bin/sh\necho $$ > \"$0.tmp\" && mv \"$0.tmp\" \"$(dirname \"$0\")/pid\"\nsleep 1000\n");
        var plugin = new ExecPlugin("file", ExecPlugin.V1, "/bin/sh", [Path.Combine(_folder, "hang.sh")], [], null, null);
        using var credential = new ExecCredential(plugin, TimeProvider.System, TimeSpan.FromSeconds(3));

        var e = await Assert.ThrowsAsync<KubernetesConfigurationException>(async () => await credential.HeaderAsync(Deadline));

        Assert.Contains("gave no answer within 3 s", e.Message);
        var pid = (await File.ReadAllTextAsync(pidFile, Deadline)).Trim();
        while (OtherProcess.Runs(pid))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Deadline);
        }
    }

    [Fact]
    public async Task A_plugin_that_is_not_installed_comes_with_its_hint()
    {
        var credential = Load(user: "{exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, installHint: get it there}}").Credential;

        var e = await Assert.ThrowsAsync<KubernetesConfigurationException>(async () => await credential.HeaderAsync(Deadline));

        Assert.Contains("get it there", e.Message);
    }

    [Fact]
    public void Nothing_printed_shows_a_secret() => Assert.DoesNotContain("SECRET", Load(user: "token: SECRET").ToString());

    private static (string Certificate, string Key) SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(VirtualTime.Epoch, VirtualTime.Epoch.AddYears(100));
        return (certificate.ExportCertificatePem(), key.ExportECPrivateKeyPem());
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    private Credential Plugin(string script, bool strict = true)
    {
        Write("plugin.sh", $"#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{script}\n");
        File.SetUnixFileMode(Path.Combine(_folder, "plugin.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Load(user: $$"""
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: ./plugin.sh
              args: ["--for me"]
              env: [{name: WHO, value: us and them}]
              provideClusterInfo: {{(strict ? "true" : "false")}}
            """).Credential;
    }

    private KubernetesClientConfiguration Load(string cluster = "{server: 'https://h'}", string user = "{}")
    {
        var path = Write("config", $"""
            current-context: x
            contexts:
            - name: x
              context:
                cluster: c
                user: u
            clusters:
            - name: c
              cluster: {cluster}
            users:
            - name: u
              user:
            {string.Join('\n', user.Split('\n').Select(l => "    " + l))}
            """);
        return KubernetesClientConfiguration.FromFiles([path], clock: _time);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
