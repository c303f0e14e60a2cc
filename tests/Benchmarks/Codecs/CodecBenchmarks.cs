using System.Buffers;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Benchmarks.Codecs;

/// <summary>One message, read and written in both encodings.</summary>
[MemoryDiagnoser]
public abstract class CodecBenchmarks<T>
    where T : class, IMessage<T>, new()
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private T _message = new();
    private byte[] _json = [];
    private byte[] _protobuf = [];

    protected abstract T Message();

    [GlobalSetup]
    public void Prepare()
    {
        _message = Message();
        _json = MesosJson.ToUtf8(_message);
        _protobuf = _message.ToByteArray();
        Console.WriteLine($"// {typeof(T).Name}: {_json.Length} bytes of JSON, {_protobuf.Length} bytes of protobuf");
    }

    [Benchmark]
    public object ParseJson() => MesosJson.Parse<T>(_json);

    [Benchmark]
    public int WriteJson()
    {
        _output.ResetWrittenCount();
        MesosJson.Write(_message, _output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public object ParseProtobuf() => MesosProtobuf.Parse<T>(_protobuf);

    [Benchmark]
    public int WriteProtobuf()
    {
        _output.ResetWrittenCount();
        _message.WriteTo(_output);
        return _output.WrittenCount;
    }
}

public class OffersEvent : CodecBenchmarks<Event>
{
    [Params(10, 1_000)]
    public int Offers { get; set; }

    protected override Event Message() => Samples.Offers(Offers);
}

public class AcceptCall : CodecBenchmarks<Call>
{
    [Params(1, 50)]
    public int Tasks { get; set; }

    protected override Call Message() => Samples.Accept(Tasks);
}

public class UpdateEvent : CodecBenchmarks<Event>
{
    protected override Event Message() => Samples.Update();
}
