using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;

/// <summary>Runs each container as a process of this machine, below one directory.</summary>
internal sealed class ProcessRuntime(IKubernetes kubernetes, ProcessHost host, string directory, TimeProvider clock) : IContainerRuntime
{
    /// <summary>Where a Mesos task believes its sandbox to be; it stands for the container's working directory.</summary>
    public const string MesosSandbox = "/mnt/mesos/sandbox";

    /// <summary>Kubernetes: pkg/kubelet/container/runtime.go, MaxContainerTerminationMessageLength and …LogLength.</summary>
    private const int MaxMessageBytes = 4096;
    private const int MaxLogMessageBytes = 2048;
    private const int MaxLogMessageLines = 80;

    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<ContainerProcess, byte> _running = new();
    private readonly ConcurrentDictionary<(string Uid, string Container), LogFile> _logs = new();

    public string Name => "embedded://1.0";

    public bool StartsAtOnce => false;

    public async ValueTask<StartedContainer> StartAsync(
        V1Pod pod, V1Container container, int run, string address, CancellationToken cancellationToken)
    {
        if (ImagePolicy.Refuse(container.Image ?? "") is { } refusal)
        {
            throw new ContainerRefusedException(ImagePolicy.Failed, refusal);
        }

        var name = container.Name ?? "";
        var files = PodDirectory.Of(directory, pod);
        Directory.CreateDirectory(files.Sandbox(name));
        Directory.CreateDirectory(Path.GetDirectoryName(files.Log(name, run))!);
        var command = await CommandAsync(pod, container, files, files.TerminationMessage(name, run), address, cancellationToken);
        return Start(pod, container, run, command, files);
    }

    public void Forget(V1Pod pod)
    {
        foreach (var container in (pod.Spec?.Containers ?? []).Concat(pod.Spec?.InitContainers ?? []))
        {
            _logs.TryRemove((pod.Uid(), container.Name ?? ""), out _);
        }

        var files = PodDirectory.Of(directory, pod);
        if (Directory.Exists(files.Root))
        {
            Directory.Delete(files.Root, recursive: true);
        }
    }

    public IAsyncEnumerable<ReadOnlyMemory<byte>>? ReadLog(
        string podUid, string container, PodLogOptions options, CancellationToken cancellationToken)
    {
        if (!_logs.TryGetValue((podUid, container), out var file) || (options.Previous && file.Run == 0))
        {
            return null;
        }

        var files = PodDirectory.Of(directory, podUid);
        return options.Previous
            ? ContainerLogReader.ReadAsync(files.Log(container, file.Run - 1), null, options, clock.GetUtcNow(), cancellationToken)
            : ContainerLogReader.ReadAsync(file.Log.Path, file.Log, options, clock.GetUtcNow(), cancellationToken);
    }

    /// <summary>What a machine does whose power fails.</summary>
    public async Task KillAllAsync()
    {
        foreach (var process in _running.Keys)
        {
            process.Signal(Posix.SignalKill);
        }

        await Task.WhenAll(_running.Keys.Select(p => p.Exited)).WaitAsync(KillTimeout, clock);
    }

    private StartedContainer Start(V1Pod pod, V1Container container, int run, ContainerCommand command, PodDirectory files)
    {
        var name = container.Name ?? "";
        var id = Id(pod.Uid(), name, run);
        var log = new ContainerLog(files.Log(name, run));
        _logs[(pod.Uid(), name)] = new(run, log);
        var startedAt = clock.GetUtcNow();
        var process = host.Start(id, command, log);
        _running[process] = 0;
        process.Exited.GetAwaiter().OnCompleted(() => _running.TryRemove(process, out _));
        return new("embedded://" + id, startedAt, process.Signal, process.Exited, exit => Message(container, run, files, exit));
    }

    /// <summary>64 hexadecimal digits, as a container engine's, but the same for the same run of the same container.</summary>
    private static string Id(string uid, string container, int run) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{uid}/{container}/{run}")));

    private async Task<ContainerCommand> CommandAsync(
        V1Pod pod, V1Container container, PodDirectory files, string messageFile, string address, CancellationToken cancellationToken)
    {
        var sandbox = files.Sandbox(container.Name ?? "");
        var variables = await new ContainerEnvironment(kubernetes, pod, container, address).BuildAsync(cancellationToken);
        var mounts = await new Volumes(kubernetes, pod, files).PrepareAsync(container, cancellationToken);
        mounts.TryAdd(MesosSandbox, sandbox);
        mounts.TryAdd(container.TerminationMessagePath ?? "/dev/termination-log", messageFile);
        var paths = new PathMap(mounts);
        var environment = variables.ToDictionary(v => v.Key, v => paths.Replace(v.Value));
        var arguments = Arguments(container, variables).Select(paths.Replace).ToList();
        return new ContainerCommand(arguments, environment, WorkingDirectory(container, paths, sandbox));
    }

    private static List<string> Arguments(V1Container container, IReadOnlyDictionary<string, string> variables)
    {
        List<string> arguments = [.. container.Command ?? [], .. container.Args ?? []];
        return container.Command is { Count: > 0 }
            ? [.. arguments.Select(a => VariableExpansion.Expand(a, variables))]
            : throw new ContainerRefusedException(
                "CreateContainerError",
                $"no command specified: the embedded cluster has no images, so it cannot know the entrypoint of \"{container.Image}\"; "
                + $"give container \"{container.Name}\" a command");
    }

    /// <summary>A directory of the container's own file system is one below its sandbox.</summary>
    private static string WorkingDirectory(V1Container container, PathMap paths, string sandbox)
    {
        if (string.IsNullOrEmpty(container.WorkingDir))
        {
            return sandbox;
        }

        var mapped = paths.Replace(container.WorkingDir);
        var path = mapped != container.WorkingDir ? mapped : Path.GetFullPath(Path.Combine(sandbox, container.WorkingDir.TrimStart('/')));
        if (mapped == container.WorkingDir && path != sandbox && !path.StartsWith(sandbox + "/", StringComparison.Ordinal))
        {
            throw new ContainerRefusedException("CreateContainerError", $"working directory '{container.WorkingDir}' leaves the sandbox");
        }

        Directory.CreateDirectory(path);
        return path;
    }

    private static string? Message(V1Container container, int run, PodDirectory files, ContainerExit exit)
    {
        var name = container.Name ?? "";
        var file = files.TerminationMessage(name, run);
        if (File.Exists(file) && new FileInfo(file).Length > 0)
        {
            return Encoding.UTF8.GetString(Head(file, MaxMessageBytes));
        }

        return container.TerminationMessagePolicy == "FallbackToLogsOnError" && exit.ExitCode != 0 ? LogTail(files.Log(name, run)) : null;
    }

    private static byte[] Head(string file, int count)
    {
        using var stream = File.OpenRead(file);
        var bytes = new byte[Math.Min(count, stream.Length)];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string? LogTail(string file)
    {
        var tail = new PodLogOptions { TailLines = MaxLogMessageLines };
        var bytes = ContainerLogReader.ReadAsync(file, null, tail, default).ToBlockingEnumerable().SelectMany(l => l.ToArray()).ToArray();
        return bytes.Length == 0 ? null : Encoding.UTF8.GetString(bytes.AsSpan(Math.Max(0, bytes.Length - MaxLogMessageBytes)));
    }

    private sealed record LogFile(int Run, ContainerLog Log);
}
