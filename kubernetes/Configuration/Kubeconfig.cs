using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MesosK8sBridge.Kubernetes.Configuration;

/// <summary>Kubeconfig files, merged: of what has one name, the first file's counts.</summary>
/// <remarks>Kubernetes: client-go/tools/clientcmd (loader.go, client_config.go, validation.go).</remarks>
internal sealed class Kubeconfig
{
    private readonly Dictionary<string, Entry> _clusters = [];

    private readonly Dictionary<string, Entry> _users = [];

    private readonly Dictionary<string, Entry> _contexts = [];

    private readonly string _files;

    private string? _currentContext;

    private Kubeconfig(string files) => _files = files;

    public static Kubeconfig Read(IReadOnlyList<string> paths)
    {
        var merged = new Kubeconfig(string.Join(", ", paths));
        var found = paths.Where(File.Exists).ToList();
        if (found.Count == 0)
        {
            throw new KubernetesConfigurationException($"No kubeconfig: {(paths.Count == 0 ? "no file named" : $"{merged._files} not found")}.");
        }

        foreach (var path in found)
        {
            merged.Add(Path.GetFullPath(path));
        }

        return merged;
    }

    public KubernetesClientConfiguration Resolve(string? contextName, TimeProvider clock)
    {
        contextName ??= _currentContext ?? throw new KubernetesConfigurationException($"{_files}: current-context is not set; name a context.");
        var context = Find(_contexts, contextName, $"{_files}: context");
        var cluster = Find(_clusters, context.Required("cluster"), $"{context.Where}: cluster");
        var user = context.Text("user") is { } userName ? Find(_users, userName, $"{context.Where}: user") : null;
        return new()
        {
            Server = cluster.Address("server", required: true)!,
            Namespace = context.Text("namespace"),
            TlsServerName = cluster.Text("tls-server-name"),
            SkipTlsVerify = SkipVerify(cluster),
            CertificateAuthorities = cluster.Pem("certificate-authority") is { } pem ? Configuration.Pem.Authorities(pem, $"{cluster.Where}.certificate-authority") : null,
            Proxy = cluster.Address("proxy-url", required: false),
            Credential = user is null ? Credential.None : CredentialOf(user, cluster, clock),
            Impersonation = user is null ? [] : [.. Impersonation(user)],
        };
    }

    private static Entry Find(Dictionary<string, Entry> entries, string name, string who) =>
        entries.TryGetValue(name, out var entry) ? entry : throw new KubernetesConfigurationException($"{who} '{name}' is in none of the files.");

    private static bool SkipVerify(Entry cluster)
    {
        var skip = cluster.Flag("insecure-skip-tls-verify");
        return !skip || (cluster.Text("certificate-authority") ?? cluster.Text("certificate-authority-data")) is null
            ? skip
            : throw new KubernetesConfigurationException($"{cluster.Where}: insecure-skip-tls-verify and a certificate-authority contradict each other.");
    }

    private static Credential CredentialOf(Entry user, Entry cluster, TimeProvider clock)
    {
        var certificate = CertificateOf(user);
        if (user.File("tokenFile") is { } tokenFile)
        {
            return new TokenFileCredential(tokenFile, clock, certificate);
        }

        if (user.Text("token") is { } token)
        {
            return new FixedCredential("token", FixedCredential.Bearer(token, $"{user.Where}.token"), certificate);
        }

        if (user.Text("username") is { } name)
        {
            return new FixedCredential("user name and password", FixedCredential.Basic(name, user.Text("password") ?? ""), certificate);
        }

        if (certificate is not null)
        {
            return new FixedCredential("client certificate", header: null, certificate);
        }

        if (user.Map("exec") is { } exec)
        {
            return new ExecCredential(PluginOf(exec, cluster), clock, TimeSpan.FromSeconds(30));
        }

        return user.Map("auth-provider") is null
            ? Credential.None
            : throw new KubernetesConfigurationException($"{user.Where}.auth-provider: not supported; use exec.");
    }

    private static X509Certificate2? CertificateOf(Entry user)
    {
        var (certificate, key) = (user.Pem("client-certificate"), user.Pem("client-key"));
        if (certificate is null && key is null)
        {
            return null;
        }

        return certificate is not null && key is not null
            ? Configuration.Pem.Pair(certificate, key, $"{user.Where}.client-certificate and client-key")
            : throw new KubernetesConfigurationException($"{user.Where}: {(key is null ? "client-key" : "client-certificate")} is missing.");
    }

    private static ExecPlugin PluginOf(Entry exec, Entry cluster)
    {
        var version = exec.Required("apiVersion");
        if (version is not (ExecPlugin.V1 or ExecPlugin.V1Beta1))
        {
            throw new KubernetesConfigurationException($"{exec.Where}.apiVersion: '{version}' is neither {ExecPlugin.V1} nor {ExecPlugin.V1Beta1}.");
        }

        if (exec.Text("interactiveMode") == "Always")
        {
            throw new KubernetesConfigurationException($"{exec.Where}.interactiveMode: Always, but nobody is there to answer.");
        }

        var command = exec.Required("command");
        return new(
            exec.FileName,
            version,
            command.Contains(Path.DirectorySeparatorChar) ? exec.Resolve(command) : command,
            [.. exec.Texts("args")],
            [.. exec.Maps("env").Select(e => KeyValuePair.Create(e.Required("name"), e.Text("value") ?? ""))],
            exec.Text("installHint"),
            exec.Flag("provideClusterInfo") ? ClusterInfo(cluster) : null);
    }

    private static JsonObject ClusterInfo(Entry cluster)
    {
        var info = new JsonObject { ["server"] = cluster.Required("server") };
        foreach (var field in (ReadOnlySpan<string>)["tls-server-name", "proxy-url"])
        {
            if (cluster.Text(field) is { } text)
            {
                info[field] = text;
            }
        }

        if (cluster.Flag("insecure-skip-tls-verify"))
        {
            info["insecure-skip-tls-verify"] = true;
        }

        if (cluster.Pem("certificate-authority") is { } pem)
        {
            info["certificate-authority-data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(pem));
        }

        return info;
    }

    private static IEnumerable<KeyValuePair<string, string>> Impersonation(Entry user)
    {
        if (user.Text("as") is { } name)
        {
            yield return new("Impersonate-User", name);
        }

        if (user.Text("as-uid") is { } uid)
        {
            yield return new("Impersonate-Uid", uid);
        }

        foreach (var group in user.Texts("as-groups"))
        {
            yield return new("Impersonate-Group", group);
        }
    }

    private void Add(string path)
    {
        if (Parse(path) is not { } root)
        {
            return;
        }

        var file = new Entry(path, path, root);
        _currentContext ??= file.Text("current-context");
        Add(_clusters, file, "clusters", "cluster");
        Add(_users, file, "users", "user");
        Add(_contexts, file, "contexts", "context");
    }

    private static void Add(Dictionary<string, Entry> known, Entry file, string list, string field)
    {
        foreach (var named in file.Maps(list))
        {
            var name = named.Required("name");
            var where = $"{file.FileName}: {list}['{name}'].{field}";
            known.TryAdd(name, named.Map(field) is { } entry ? entry.At(where) : new Entry(file.FileName, where, []));
        }
    }

    private static YamlMappingNode? Parse(string path)
    {
        try
        {
            using var reader = File.OpenText(path);
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents.Count == 0 || yaml.Documents[0].RootNode is YamlScalarNode { Value: null or "" }
                ? null
                : yaml.Documents[0].RootNode as YamlMappingNode
                    ?? throw new KubernetesConfigurationException($"{path}: not a kubeconfig: a mapping was expected.");
        }
        catch (YamlException e)
        {
            // Only the place: the parser's own message may quote what stands there.
            throw new KubernetesConfigurationException($"{path}: not YAML at line {e.Start.Line}, column {e.Start.Column}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubernetesConfigurationException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A mapping somewhere in a file, and how an error names the place.</summary>
    private sealed class Entry(string fileName, string where, YamlMappingNode node)
    {
        public string FileName => fileName;

        public string Where => where;

        public Entry At(string place) => new(fileName, place, node);

        /// <summary>Null if it is missing or empty.</summary>
        public string? Text(string field) => Child(field) switch
        {
            null => null,
            YamlScalarNode { Value: null or "" } => null,
            YamlScalarNode { Value: "null" or "~", Style: ScalarStyle.Plain } => null,
            YamlScalarNode scalar => scalar.Value,
            _ => throw new KubernetesConfigurationException($"{where}.{field}: text was expected."),
        };

        public string Required(string field) => Text(field) ?? throw new KubernetesConfigurationException($"{where}.{field} is missing.");

        public bool Flag(string field) => Text(field) switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw new KubernetesConfigurationException($"{where}.{field}: true or false was expected."),
        };

        public Uri? Address(string field, bool required)
        {
            if (Text(field) is not { } text)
            {
                return required ? throw new KubernetesConfigurationException($"{where}.{field} is missing.") : null;
            }

            return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "socks5"
                ? uri
                : throw new KubernetesConfigurationException($"{where}.{field}: an address with http:// or https:// was expected.");
        }

        /// <summary>Base64 in <c>field-data</c>, or the file named by <c>field</c>; the former wins.</summary>
        public string? Pem(string field)
        {
            if (Text($"{field}-data") is not { } data)
            {
                return File(field) is { } path ? Configuration.Pem.ReadFile(path, $"{where}.{field}") : null;
            }

            var bytes = new byte[data.Length];
            return Convert.TryFromBase64String(data, bytes, out var length)
                ? Encoding.UTF8.GetString(bytes, 0, length)
                : throw new KubernetesConfigurationException($"{where}.{field}-data: not base64.");
        }

        public string? File(string field) => Text(field) is { } path ? Resolve(path) : null;

        /// <summary>Paths in a kubeconfig are relative to its folder.</summary>
        public string Resolve(string path) => Path.GetFullPath(path, Path.GetDirectoryName(fileName)!);

        public Entry? Map(string field) => Child(field) switch
        {
            null or YamlScalarNode { Value: null or "" or "null" or "~" } => null,
            YamlMappingNode map => new(fileName, $"{where}.{field}", map),
            _ => throw new KubernetesConfigurationException($"{where}.{field}: a mapping was expected."),
        };

        public IEnumerable<Entry> Maps(string field) => Items(field).Select((item, i) => item as YamlMappingNode is { } map
            ? new Entry(fileName, $"{where}.{field}[{i}]", map)
            : throw new KubernetesConfigurationException($"{where}.{field}[{i}]: a mapping was expected."));

        public IEnumerable<string> Texts(string field) => Items(field).Select((item, i) => item as YamlScalarNode is { } scalar
            ? scalar.Value ?? ""
            : throw new KubernetesConfigurationException($"{where}.{field}[{i}]: text was expected."));

        private YamlSequenceNode Items(string field) => Child(field) switch
        {
            null or YamlScalarNode { Value: null or "" or "null" or "~" } => new YamlSequenceNode(),
            YamlSequenceNode list => list,
            _ => throw new KubernetesConfigurationException($"{where}.{field}: a list was expected."),
        };

        private YamlNode? Child(string field) => node.Children.TryGetValue(new YamlScalarNode(field), out var child) ? child : null;
    }
}
