using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;

/// <summary>Runs each container as a process of this machine, below one directory.</summary>
internal sealed class ProcessRuntime(IKubernetes kubernetes, ProcessHost host, string directory, TimeProvider clock)
    : IContainerRuntime, IDisposable
{
    /// <summary>Where a Mesos task believes its sandbox to be; it stands for the container's working directory.</summary>
    public const string MesosSandbox = "/mnt/mesos/sandbox";

    /// <summary>Kubernetes: pkg/kubelet/container/runtime.go, MaxContainerTerminationMessageLength and …LogLength.</summary>
    private const int MaxMessageBytes = 4096;
    private const int MaxLogMessageBytes = 2048;
    private const int MaxLogMessageLines = 80;

    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<ContainerProcess, byte> _running = new();
    private readonly ConcurrentDictionary<(string Uid, string Container), ContainerRun> _runs = new();
    private readonly NetworkProber _network = new(clock);
    private long _executions;

    public string Name => "embedded://1.0";

    public bool StartsAtOnce => false;

    public bool IsProbed => true;

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
        var (command, paths) = await CommandAsync(pod, container, files, files.TerminationMessage(name, run), address, cancellationToken);
        return Start(pod, container, run, command, paths, files);
    }

    public async ValueTask<bool?> ProbeAsync(
        V1Pod pod, V1Container container, ContainerProbe probe, string address, CancellationToken cancellationToken) =>
        probe.Probe.Exec is { Command: { Count: > 0 } command }
            ? _runs.TryGetValue((pod.Uid(), container.Name ?? ""), out var run) ? await ExecuteAsync(pod, container, run, command, probe, cancellationToken) : null
            : await _network.AskAsync(container, probe, address, cancellationToken);

    public void Forget(V1Pod pod)
    {
        foreach (var container in (pod.Spec?.Containers ?? []).Concat(pod.Spec?.InitContainers ?? []))
        {
            _runs.TryRemove((pod.Uid(), container.Name ?? ""), out _);
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
        if (!_runs.TryGetValue((podUid, container), out var run) || (options.Previous && run.Number == 0))
        {
            return null;
        }

        var files = PodDirectory.Of(directory, podUid);
        return options.Previous
            ? ContainerLogReader.ReadAsync(files.Log(container, run.Number - 1), null, options, clock.GetUtcNow(), cancellationToken)
            : ContainerLogReader.ReadAsync(run.Log.Path, run.Log, options, clock.GetUtcNow(), cancellationToken);
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

    public void Dispose() => _network.Dispose();

    private StartedContainer Start(V1Pod pod, V1Container container, int run, ContainerCommand command, PathMap paths, PodDirectory files)
    {
        var name = container.Name ?? "";
        var id = Id(pod.Uid(), name, run);
        var log = new ContainerLog(files.Log(name, run));
        var started = new ContainerRun(run, log, command, paths);
        _runs[(pod.Uid(), name)] = started;
        var startedAt = clock.GetUtcNow();
        var process = host.Start(id, command, log);
        Watch(process, started.End);
        return new("embedded://" + id, startedAt, process.Signal, process.Exited, exit => Message(container, run, files, exit));
    }

    private void Watch(ContainerProcess process, Action? ended)
    {
        _running[process] = 0;
        process.Exited.GetAwaiter().OnCompleted(() =>
        {
            _running.TryRemove(process, out _);
            ended?.Invoke();
        });
    }

    /// <summary>A second program in a container: with its environment, its directory and its end.</summary>
    /// <returns>Whether it succeeded in time; null if it could not be started, which tells a kubelet nothing of the container.</returns>
    private async Task<bool?> ExecuteAsync(
        V1Pod pod, V1Container container, ContainerRun run, IEnumerable<string> arguments, ContainerProbe probe, CancellationToken cancellationToken)
    {
        var name = container.Name ?? "";
        var log = new ContainerLog(PodDirectory.Of(directory, pod).ProbeLog(name, probe.Kind));
        var command = run.Command with { Arguments = [.. arguments.Select(run.Paths.Replace)] };
        ContainerProcess process;
        try
        {
            process = host.Start($"{Id(pod.Uid(), name, run.Number)}-{Interlocked.Increment(ref _executions)}", command, log);
        }
        catch (ContainerStartException)
        {
            return null;
        }

        Watch(process, () => run.Remove(process));
        run.Add(process);
        try
        {
            return (await process.Exited.WaitAsync(probe.Timeout, clock, cancellationToken)).ExitCode == 0;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            process.Signal(Posix.SignalKill);
        }
    }

    /// <summary>64 hexadecimal digits, as a container engine's, but the same for the same run of the same container.</summary>
    private static string Id(string uid, string container, int run) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{uid}/{container}/{run}")));

    private async Task<(ContainerCommand Command, PathMap Paths)> CommandAsync(
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
        return (new ContainerCommand(arguments, environment, WorkingDirectory(container, paths, sandbox)), paths);
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

    /// <summary>What is known of a container's latest run.</summary>
    private sealed class ContainerRun(int number, ContainerLog log, ContainerCommand command, PathMap paths)
    {
        private readonly Lock _gate = new();
        private readonly HashSet<ContainerProcess> _others = [];
        private bool _isOver;

        public int Number => number;

        public ContainerLog Log => log;

        public ContainerCommand Command => command;

        public PathMap Paths => paths;

        /// <summary>It ends with the container.</summary>
        public void Add(ContainerProcess other)
        {
            lock (_gate)
            {
                if (_isOver)
                {
                    other.Signal(Posix.SignalKill);
                }
                else if (!other.Exited.IsCompleted)
                {
                    _others.Add(other);
                }
            }
        }

        public void Remove(ContainerProcess other)
        {
            lock (_gate)
            {
                _others.Remove(other);
            }
        }

        public void End()
        {
            lock (_gate)
            {
                _isOver = true;
                foreach (var other in _others)
                {
                    other.Signal(Posix.SignalKill);
                }
            }
        }
    }
}
