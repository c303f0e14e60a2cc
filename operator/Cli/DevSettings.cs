using System.CommandLine;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>The options of the embedded cluster.</summary>
internal sealed class DevSettings
{
    private readonly Setting<int> _nodes = Setting<int>.Whole(
        "--nodes", "N", "How many nodes, 1 to 100.", 1, 100, 3);

    private readonly Setting<double> _cpus = new("--cpus", "CORES", "Cores each node says it has, 0.1 to 1024.", Readers.Number(0.1, 1024), 4, "4");

    private readonly Setting<int> _mem = Setting<int>.Whole(
        "--mem", "MIB", "Memory each node says it has, in MiB, 64 to 16777216.", 64, 16_777_216, 8192);

    private readonly Setting<int> _disk = Setting<int>.Whole(
        "--disk", "MIB", "Disk each node says it has, in MiB, 64 to 1073741824.", 64, 1_073_741_824, 65_536);

    private readonly Setting<HostPort?> _kubeListen = new(
        "--kube-listen",
        "IP:PORT",
        "Where the embedded API server listens; port 0: any that is free. It refuses nobody: keep it a loopback address.",
        Readers.ListenAddress,
        new HostPort("127.0.0.1", 0),
        "127.0.0.1:0");

    private readonly Setting<string?> _workDir = new(
        "--work-dir", "FOLDER", "Where kubeconfig, logs and working directories of Pods are; none: a new folder under the system's for temporary files, removed at the end.", Readers.NonEmpty, null, null);

    public IEnumerable<Option> All => [_nodes, _cpus, _mem, _disk, _kubeListen, _workDir];

    public HostPort KubeListen(ParseResult result) => _kubeListen.In(result)!;

    /// <summary>Null: one of our own choice.</summary>
    public string? WorkFolder(ParseResult result) => _workDir.In(result);

    public IEnumerable<NodeOptions> Nodes(ParseResult result) => Enumerable.Range(1, _nodes.In(result)).Select(number => new NodeOptions
    {
        Name = $"node-{number}",
        Cpus = (decimal)_cpus.In(result),
        MemoryMebibytes = _mem.In(result),
        DiskMebibytes = _disk.In(result),
    });
}
