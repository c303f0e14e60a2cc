using BenchmarkDotNet.Attributes;
using MesosK8sBridge.Protocol;

namespace MesosK8sBridge.Benchmarks.Codecs;

/// <summary>What the allocator does with every task: take its resources out of an agent's, look, put them back.</summary>
[MemoryDiagnoser]
public class ResourceAlgebra
{
    private readonly Resources _agent = Resources.Parse("cpus:8;mem:32768;disk:102400;ports:[31000-32000]").Allocate("web");
    private readonly Resources _task = Resources.Parse("cpus:0.1;mem:64;ports:[31005-31005]").Allocate("web");
    private Resources _rest = Resources.Empty;

    [GlobalSetup]
    public void Prepare() => _rest = _agent - _task;

    [Benchmark]
    public object Subtract() => _agent - _task;

    [Benchmark]
    public object Add() => _rest + _task;

    [Benchmark]
    public bool Contains() => _agent.Contains(_task);

    [Benchmark]
    public object Allocate() => _agent.Unallocate().Allocate("web");

    [Benchmark]
    public object FromMessages() => Resources.From(_task.ToProtobuf());
}
