using System.Diagnostics;
using System.Text.RegularExpressions;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Testing;

namespace MesosK8sBridge.Kubernetes.Tests.Embedded;

/// <summary>What a person sees who uses kubectl on the embedded API server.</summary>
public sealed class KubectlTests : IAsyncLifetime
{
    private const string Pod =
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          labels: {app: web}
        spec:
          nodeName: n1
          containers:
          - name: main
            image: busybox:1
            command: [sleep, "60"]
            ports: [{containerPort: 80}]
        """;

    private const string Node =
        """
        apiVersion: v1
        kind: Node
        metadata: {name: n1, labels: {node-role.kubernetes.io/worker: ""}}
        status:
          capacity: {cpu: "4", memory: 8Gi, pods: "110"}
          addresses: [{type: InternalIP, address: 10.0.0.1}]
          nodeInfo: {kubeletVersion: v1.20.2, osImage: Debian, kernelVersion: "6.1", containerRuntimeVersion: "embedded://1", machineID: "", systemUUID: "", bootID: "", kubeProxyVersion: "", operatingSystem: linux, architecture: amd64}
          conditions: [{type: Ready, status: "True"}]
        """;

    private const string Definition =
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.com}
        spec:
          group: example.com
          scope: Namespaced
          names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd]}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            additionalPrinterColumns:
            - {name: Mode, type: string, jsonPath: .spec.mode}
            - {name: Phase, type: string, jsonPath: .status.phase, priority: 1}
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    description: What is wanted.
                    properties:
                      mode: {type: string, enum: [A, B], description: How it works.}
                  status: {type: object, x-kubernetes-preserve-unknown-fields: true}
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly string? Kubectl = Places().FirstOrDefault(File.Exists);

    private readonly string _folder = Directory.CreateTempSubdirectory("mkb-kubectl-").FullName;
    private readonly ScriptedLogs _logs = new();
    private EmbeddedApiServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Kubectl is null, $"No kubectl in {string.Join(", ", Places())}.");
        _server = await EmbeddedApiServer.StartAsync(new() { PodLogs = _logs });
        _server.WriteKubeconfig(Path.Combine(_folder, "config"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Apply_creates_then_changes_then_leaves_alone()
    {
        Assert.Equal("pod/web created\n", await RunWithAsync(Pod, "apply", "-f", "-"));
        Assert.Equal("pod/web unchanged\n", await RunWithAsync(Pod, "apply", "-f", "-"));
        Assert.Equal("pod/web configured\n", await RunWithAsync(Pod.Replace("busybox:1", "busybox:2", StringComparison.Ordinal), "apply", "-f", "-"));
        Assert.Equal("busybox:2", await RunAsync("get", "pod", "web", "-o", "jsonpath={.spec.containers[0].image}"));
    }

    [Fact]
    public async Task A_server_side_apply_owns_its_fields()
    {
        Assert.Equal("pod/web serverside-applied\n", await RunWithAsync(Pod, "apply", "--server-side", "-f", "-"));
        var other = await TryAsync(Pod.Replace("busybox:1", "busybox:2", StringComparison.Ordinal), "apply", "--server-side", "--field-manager=other", "-f", "-");

        Assert.NotEqual(0, other.ExitCode);
        Assert.Contains("Apply failed with 1 conflict: conflict with \"kubectl\": .spec.containers[name=\"main\"].image", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_field_is_found_before_it_is_sent()
    {
        var answer = await TryAsync(Pod.Replace("nodeName", "nodeNam", StringComparison.Ordinal), "apply", "-f", "-");

        Assert.NotEqual(0, answer.ExitCode);
        Assert.Contains("unknown field \"nodeNam\"", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_shows_tables()
    {
        await RunWithAsync(Node, "apply", "-f", "-");
        await RunWithAsync(Pod, "apply", "-f", "-");

        Assert.Equal(
            """
            NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES
            web 0/1 Pending 0 <age> <none> n1 <none> <none>

            """,
            Table(await RunAsync("get", "pods", "-o", "wide")));
        Assert.Equal(
            """
            NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME
            n1 Ready worker <age> v1.20.2 10.0.0.1 <none> Debian 6.1 embedded://1

            """,
            Table(await RunAsync("get", "nodes", "-o", "wide")));
        Assert.Equal("namespace/default\nnamespace/kube-node-lease\nnamespace/kube-public\nnamespace/kube-system\n", await RunAsync("get", "ns", "-o", "name"));
    }

    [Fact]
    public async Task Describe_tells_of_pod_and_events()
    {
        await RunWithAsync(Pod, "apply", "-f", "-");
        var uid = await RunAsync("get", "pod", "web", "-o", "jsonpath={.metadata.uid}");
        await RunWithAsync(
            $$"""
            apiVersion: v1
            kind: Event
            metadata: {name: web.1, namespace: default}
            involvedObject: {kind: Pod, namespace: default, name: web, uid: {{uid}}, apiVersion: v1}
            reason: Started
            message: Started container main
            type: Normal
            source: {component: kubelet, host: n1}
            count: 1
            firstTimestamp: "2020-01-01T00:00:00Z"
            lastTimestamp: "2020-01-01T00:00:00Z"
            """,
            "create", "-f", "-");
        var text = Table(await RunAsync("describe", "pod", "web"));

        Assert.Contains("Name: web\n", text, StringComparison.Ordinal);
        Assert.Contains("Node: n1/\n", text, StringComparison.Ordinal);
        Assert.Contains("Image: busybox:1\n", text, StringComparison.Ordinal);
        Assert.Matches("Normal Started \\S+ kubelet(, n1)? Started container main\n", text);
    }

    [Fact]
    public async Task Labels_annotations_and_patches_are_kept()
    {
        await RunWithAsync(Pod, "apply", "-f", "-");

        Assert.Equal("pod/web labeled\n", await RunAsync("label", "pod", "web", "tier=front"));
        Assert.Equal("pod/web annotated\n", await RunAsync("annotate", "pod", "web", "note=x"));
        Assert.Equal("pod/web patched\n", await RunAsync("patch", "pod", "web", "-p", """{"metadata":{"labels":{"app":null}}}"""));
        Assert.Equal("""{"tier":"front"}""", await RunAsync("get", "pod", "web", "-o", "jsonpath={.metadata.labels}"));
        Assert.Equal("pod/web\n", await RunAsync("get", "pods", "-l", "tier in (front)", "-o", "name"));
    }

    [Fact]
    public async Task Objects_can_be_created_from_the_command_line()
    {
        Assert.Equal("configmap/c created\n", await RunAsync("create", "configmap", "c", "--from-literal=a=b"));
        Assert.Equal("secret/s created\n", await RunAsync("create", "secret", "generic", "s", "--from-literal=a=b"));
        Assert.Equal("namespace/other created\n", await RunAsync("create", "namespace", "other"));
        Assert.Equal("b", await RunAsync("get", "configmap", "c", "-o", "jsonpath={.data.a}"));
        Assert.Equal("Yg==", await RunAsync("get", "secret", "s", "-o", "jsonpath={.data.a}"));
        Assert.Equal("yes\n", await RunAsync("auth", "can-i", "create", "pods"));
    }

    [Fact]
    public async Task Delete_waits_until_the_node_has_confirmed()
    {
        await RunWithAsync(Pod, "apply", "-f", "-");
        var deleting = Start("delete", "pod", "web");
        Assert.Equal("pod \"web\" deleted", Quoted(await ReadLineAsync(deleting)));
        Assert.Equal("Terminating", Table(await RunAsync("get", "pod", "web", "--no-headers")).Split(' ')[2]);

        Assert.Contains("force deleted", await RunAsync("delete", "pod", "web", "--force", "--grace-period=0"), StringComparison.Ordinal);
        await deleting.WaitForExitAsync(Deadline());
        Assert.Equal(0, deleting.ExitCode);
    }

    [Fact]
    public async Task A_watch_prints_what_changes()
    {
        await RunWithAsync(Pod, "apply", "-f", "-");
        var watch = Start("get", "pods", "-w", "--no-headers");
        Assert.StartsWith("web 0/1 Pending 0", Table(await ReadLineAsync(watch)), StringComparison.Ordinal);

        using var http = new HttpClient { BaseAddress = _server.Uri };
        var status = """{"status":{"phase":"Running","containerStatuses":[{"name":"main","image":"i","imageID":"","ready":true,"restartCount":2,"state":{"running":{}}}]}}""";
        using var content = new StringContent(status, null, "application/merge-patch+json");
        using var answer = await http.PatchAsync(new Uri("/api/v1/namespaces/default/pods/web/status", UriKind.Relative), content, Deadline());
        Assert.StartsWith("web 1/1 Running 2", Table(await ReadLineAsync(watch)), StringComparison.Ordinal);
        watch.Kill();
    }

    [Fact]
    public async Task Logs_come_from_whoever_runs_the_pod()
    {
        await RunWithAsync(Pod, "apply", "-f", "-");
        Assert.Contains(
            "container \"main\" in pod \"web\" is waiting to start: ContainerCreating", (await TryAsync(null, "logs", "web")).Error, StringComparison.Ordinal);
        _logs.Lines = ["one\n", "two\n"];

        Assert.Equal("one\ntwo\n", await RunAsync("logs", "web"));
        Assert.Equal("one\ntwo\n", await RunAsync("logs", "-f", "web", "-c", "main"));
        Assert.Equal((true, "main"), (_logs.Asked!.Follow, _logs.Asked.Container));
        Assert.Equal("one", await RunAsync("logs", "web", "--limit-bytes=3"));
    }

    [Fact]
    public async Task A_node_is_cordoned_drained_and_uncordoned()
    {
        await RunWithAsync(Node, "apply", "-f", "-");
        await RunWithAsync(Pod, "apply", "-f", "-");
        Assert.Equal("node/n1 cordoned\n", await RunAsync("cordon", "n1"));
        Assert.StartsWith("n1 Ready,SchedulingDisabled worker", Table(await RunAsync("get", "nodes", "--no-headers")), StringComparison.Ordinal);

        var draining = Start("drain", "n1", "--force", "--grace-period=7");
        string line;
        do
        {
            line = await ReadLineAsync(draining);
        }
        while (!line.StartsWith("evicting pod default/web", StringComparison.Ordinal));

        while (await RunAsync("get", "pod", "web", "-o", "jsonpath={.metadata.deletionGracePeriodSeconds}") is not "7")
        {
            Deadline().ThrowIfCancellationRequested();
        }

        await RunAsync("delete", "pod", "web", "--force", "--grace-period=0");
        await draining.WaitForExitAsync(Deadline());
        Assert.Equal(0, draining.ExitCode);
        Assert.Equal("node/n1 uncordoned\n", await RunAsync("uncordon", "n1"));
    }

    [Fact]
    public async Task Custom_resources_are_at_home()
    {
        Assert.Equal("customresourcedefinition.apiextensions.k8s.io/widgets.example.com created\n", await RunWithAsync(Definition, "apply", "-f", "-"));
        Assert.Equal(
            "customresourcedefinition.apiextensions.k8s.io/widgets.example.com condition met\n", await RunAsync("wait", "--for=condition=Established", "crd/widgets.example.com"));
        Assert.Equal(
            "widget.example.com/w created\n", await RunWithAsync("apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {mode: A}\n", "apply", "-f", "-"));
        Assert.Equal("NAME MODE\nw A\n", Table(await RunAsync("get", "wd")));
        Assert.Equal("NAME MODE PHASE\nw A \n", Table(await RunAsync("get", "widgets", "-o", "wide")));
        Assert.Contains("How it works.", await RunAsync("explain", "widget.spec.mode"), StringComparison.Ordinal);
        var wrong = await TryAsync(null, "patch", "widget", "w", "--type=merge", "-p", """{"spec":{"mode":"C"}}""");
        Assert.Contains(
            "The Widget \"w\" is invalid: spec.mode: Unsupported value: \"C\": supported values: \"A\", \"B\"", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_and_api_resources_know_the_types()
    {
        var explained = await RunAsync("explain", "pod.spec.containers");
        Assert.Contains("VERSION:", explained, StringComparison.Ordinal);
        Assert.Matches(@"image\s+<string>", explained);
        Assert.Contains("pods po v1 true Pod\n", Table(await RunAsync("api-resources", "--no-headers")), StringComparison.Ordinal);
        Assert.Matches("Server Version: .*v1.20.2", await RunAsync("version"));
    }

    [Fact]
    public async Task An_apply_can_be_tried_out_on_the_server()
    {
        Assert.Equal("pod/web created (server dry run)\n", await RunWithAsync(Pod, "apply", "--dry-run=server", "-f", "-"));
        Assert.Contains("\"web\" not found", (await TryAsync(null, "get", "pod", "web")).Error, StringComparison.Ordinal);
    }

    private static CancellationToken Deadline() => new CancellationTokenSource(Limit).Token;

    private Task<string> RunAsync(params string[] arguments) => SucceedAsync(null, arguments);

    /// <param name="input">Takes the place of <c>-</c> among the arguments.</param>
    private Task<string> RunWithAsync(string input, params string[] arguments) => SucceedAsync(input, arguments);

    private async Task<string> SucceedAsync(string? input, string[] arguments)
    {
        var output = await TryAsync(input, arguments);
        Assert.True(output.ExitCode == 0, output.Error);
        return output.Text;
    }

    private Task<ProgramOutput> TryAsync(string? input, params string[] arguments)
    {
        if (input is not null)
        {
            var file = Path.Combine(_folder, $"{Guid.CreateVersion7()}.yaml");
            File.WriteAllText(file, input);
            arguments = [.. arguments.Select(a => a == "-" ? file : a)];
        }

        return Programs.RunAsync(Kubectl!, ["--kubeconfig", Path.Combine(_folder, "config"), .. arguments], Limit, ("HOME", _folder));
    }

    private Process Start(params string[] arguments) =>
        Programs.Start(Kubectl!, ["--kubeconfig", Path.Combine(_folder, "config"), .. arguments], ("HOME", _folder));

    private static async Task<string> ReadLineAsync(Process process) => await process.StandardOutput.ReadLineAsync(Deadline()) ?? "";

    /// <summary>Without padding, and with any age as one word.</summary>
    private static string Table(string text) => Regex.Replace(
        Regex.Replace(text, "(?<= )[0-9]+[smh](?= |$)", "<age>", RegexOptions.Multiline), "[ \\t]+", " ").Replace(" \n", " \n", StringComparison.Ordinal);

    private static string Quoted(string line) => line.Replace(" from default namespace", "", StringComparison.Ordinal);

    private static IEnumerable<string> Places() =>
        new[] { Environment.GetEnvironmentVariable("KUBEBUILDER_ASSETS"), Environment.GetEnvironmentVariable("KUBE_ASSETS"), Repository.CachedAssets, "/usr/bin" }
            .OfType<string>().Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, "kubectl")).Distinct(StringComparer.Ordinal);

    private sealed class ScriptedLogs : IPodLogs
    {
        public string[]? Lines { get; set; }

        public PodLogOptions? Asked { get; private set; }

        public IAsyncEnumerable<ReadOnlyMemory<byte>>? Read(string podUid, string container, PodLogOptions options, CancellationToken cancellationToken)
        {
            Asked = options;
            return Lines?.Select(line => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes(line)).ToAsyncEnumerable();
        }
    }
}
