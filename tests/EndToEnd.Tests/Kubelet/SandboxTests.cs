using System.Text;
using Google.Protobuf;
using MesosK8sBridge.Protocol.V1;
using static MesosK8sBridge.EndToEnd.Tests.Kubelet.NodeFramework;
using Task = System.Threading.Tasks.Task;
using Uri = MesosK8sBridge.Protocol.V1.CommandInfo.Types.URI;
using Variable = MesosK8sBridge.Protocol.V1.Environment.Types.Variable;

namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>What a task finds around it: its sandbox, what was fetched into it, its secrets.</summary>
public sealed class SandboxTests(RealNode node)
{
    [Fact]
    public async Task A_task_works_in_its_sandbox_and_what_it_wrote_to_its_output_stays_readable()
    {
        await using var framework = await SubscribeAsync(node);

        await framework.RunAsync(Shell("writing", "echo $MESOS_SANDBOX; echo $MESOS_DIRECTORY; pwd; echo kept >file; cat file; echo error >&2"));

        const string Sandbox = "/mnt/mesos/sandbox\n";
        Assert.Equal($"{Sandbox}{Sandbox}{Sandbox}kept\nerror\n", await LogsAsync(framework, "writing"));
    }

    [Fact]
    public async Task A_Docker_task_has_the_sandbox_beside_its_image_s_directory()
    {
        await using var framework = await SubscribeAsync(node);
        var task = Shell("docker", "echo $MESOS_SANDBOX; pwd; touch $MESOS_SANDBOX/file; echo ${MESOS_CONTAINER_NAME%%-*}");
        task.Container = new ContainerInfo { Type = ContainerInfo.Types.Type.Docker, Docker = new() { Image = "busybox:local" } };

        await framework.RunAsync(task);

        Assert.Equal("/mnt/mesos/sandbox\n/\nmesos\n", await LogsAsync(framework, "docker"));
    }

    [Fact]
    public async Task URIs_are_in_the_sandbox_before_the_task_starts()
    {
        await node.ImportBridgeAsync();
        await using var files = await FileServer.StartAsync(new Dictionary<string, byte[]>
        {
            ["/archive.tar.gz"] = FileServer.TarGz("inside/note", "extracted\n"),
            ["/tool"] = Encoding.UTF8.GetBytes("#!/bin/sh\necho executed\n"),
            ["/plain.txt"] = Encoding.UTF8.GetBytes("as it is\n"),
            ["/kept.tar.gz"] = FileServer.TarGz("other", ""),
        });
        await using var framework = await SubscribeAsync(node);
        var task = Shell("fetching", "cat inside/note && ./tool && cat renamed.txt && test ! -x renamed.txt && test -e kept.tar.gz && test ! -e other");
        task.Command.Uris.Add(new Uri { Value = $"{files.Uri}/archive.tar.gz" });
        task.Command.Uris.Add(new Uri { Value = $"{files.Uri}/tool", Executable = true });
        task.Command.Uris.Add(new Uri { Value = $"{files.Uri}/plain.txt", OutputFile = "renamed.txt", Cache = true });
        task.Command.Uris.Add(new Uri { Value = $"{files.Uri}/kept.tar.gz", Extract = false });

        var told = await framework.RunAsync(task);

        Assert.Equal(["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED: Command exited with status 0"], told);
        Assert.Equal("extracted\nexecuted\nas it is\n", await LogsAsync(framework, "fetching"));
    }

    [Fact]
    public async Task URIs_belong_to_the_user_of_the_task()
    {
        await node.ImportBridgeAsync();
        await using var files = await FileServer.StartAsync(new Dictionary<string, byte[]> { ["/mine"] = Encoding.UTF8.GetBytes("1\n") });
        await using var framework = await SubscribeAsync(node);
        var task = Shell("owning", "echo 2 >>mine && cat mine");
        task.Command.User = "1234";
        task.Command.Uris.Add(new Uri { Value = $"{files.Uri}/mine" });

        await framework.RunAsync(task);

        Assert.Equal("1\n2\n", await LogsAsync(framework, "owning"));
    }

    [Fact]
    public async Task A_URI_that_is_not_there_fails_the_task_and_is_named()
    {
        await node.ImportBridgeAsync();
        await using var files = await FileServer.StartAsync(new Dictionary<string, byte[]>());
        await using var framework = await SubscribeAsync(node);
        var task = Shell("missing", "echo never");
        task.Command.Uris.Add(new Uri { Value = $"{files.Uri}/not-there.tar.gz" });

        var told = await framework.RunAsync(task);

        Assert.Equal(
            [
                "TASK_STARTING",
                $"TASK_FAILED AGENT CONTAINER_LAUNCH_FAILED: Failed to launch container: Failed to fetch '{files.Uri}/not-there.tar.gz': HTTP status 404 (Not Found)",
            ],
            told);
    }

    [Fact]
    public async Task Secrets_reach_a_task_by_reference_and_by_value_as_variables_and_as_files()
    {
        await node.KubectlAsync("apply -f -", """{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "kubelet-suite"}, "stringData": {"password": "referred"}}""");
        await using var framework = await SubscribeAsync(node, """{"podPolicy": {"secrets": ["kubelet-suite"]}}""");
        var task = Shell("trusted", "echo $REFERRED; echo $GIVEN; cat /run/referred; echo; cat /run/given");
        task.Command.Environment = new()
        {
            Variables =
            {
                new Variable { Name = "REFERRED", Type = Variable.Types.Type.Secret, Secret = Referred() },
                new Variable { Name = "GIVEN", Type = Variable.Types.Type.Secret, Secret = Value("given by value") },
            },
        };
        task.Container = new ContainerInfo
        {
            Type = ContainerInfo.Types.Type.Mesos,
            Volumes = { SecretVolume("/run/referred", Referred()), SecretVolume("/run/given", Value("given as a file")) },
        };

        await framework.RunAsync(task);

        Assert.Equal("referred\ngiven by value\nreferred\ngiven as a file", await LogsAsync(framework, "trusted"));
        var pod = await node.KubectlAsync($"get pod {await framework.PodOfAsync("trusted")} -o json");
        Assert.DoesNotContain("given by value", pod, StringComparison.Ordinal);
        Assert.DoesNotContain(ByteString.CopyFromUtf8("given by value").ToBase64(), pod, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_is_not_there_fails_the_task_and_is_named()
    {
        await using var framework = await SubscribeAsync(node, """{"podPolicy": {"secrets": ["*"]}}""");
        var task = Shell("forgotten", "true");
        task.Command.Environment = new()
        {
            Variables =
            {
                new Variable
                {
                    Name = "X",
                    Type = Variable.Types.Type.Secret,
                    Secret = new Secret { Type = Secret.Types.Type.Reference, Reference = new() { Name = "no-such-secret", Key = "x" } },
                },
            },
        };

        var told = await framework.RunAsync(task);

        Assert.StartsWith("TASK_FAILED AGENT CONTAINER_LAUNCH_FAILED: Failed to launch container: ", told[^1], StringComparison.Ordinal);
        Assert.Contains("no-such-secret", told[^1], StringComparison.Ordinal);
    }

    private async Task<string> LogsAsync(NodeFramework framework, string task) => await node.KubectlAsync($"logs {await framework.PodOfAsync(task)}");

    private static Secret Referred() => new() { Type = Secret.Types.Type.Reference, Reference = new() { Name = "kubelet-suite", Key = "password" } };

    private static Secret Value(string text) => new() { Type = Secret.Types.Type.Value, Value = new() { Data = ByteString.CopyFromUtf8(text) } };

    private static Volume SecretVolume(string path, Secret secret) => new()
    {
        Mode = Volume.Types.Mode.Ro,
        ContainerPath = path,
        Source = new() { Type = Volume.Types.Source.Types.Type.Secret, Secret = secret },
    };
}
