using System.CommandLine;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>A bridge and the cluster behind it in one process, for trying things out.</summary>
internal sealed class DevCommand : Command, ICheckedCommand
{
    private readonly BridgeSettings _bridge = new("127.0.0.1:5050", Admission.Open, DevBridge.DefaultImage);
    private readonly DevSettings _cluster = new();
    private readonly CommandContext _process;
    private readonly LogSettings _log;

    public DevCommand(CommandContext context, LogSettings log)
        : base("dev", "Be a Mesos master in front of an embedded cluster, whose Pods run as local processes.")
    {
        (_process, _log) = (context, log);
        foreach (var option in _cluster.All.Concat(_bridge.All))
        {
            Options.Add(option);
        }

        SetAction(RunAsync);
    }

    public IEnumerable<string> Problems(ParseResult result) => _bridge.Problems(result);

    private async Task<int> RunAsync(ParseResult result, CancellationToken stop)
    {
        using var loggers = LoggerFactory.Create(logging => _log.Configure(logging, result));
        try
        {
            await using var dev = await DevBridge.StartAsync(_cluster, _bridge.Read(result), result, _process, loggers, stop);
            Introduce(dev);
            await Task.Delay(Timeout.InfiniteTimeSpan, _process.Clock, stop);
            return ExitCodes.Success;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }
        catch (Exception e) when (DevBridge.IsUnavailable(e))
        {
            loggers.CreateLogger<DevCommand>().CannotServe(e.Message);
            return ExitCodes.Unavailable;
        }
    }

    private void Introduce(DevBridge dev)
    {
        _process.Out.WriteLine($"""
            Mesos master   http://{dev.Master}
            Kubernetes     {dev.ApiServer} ({dev.Nodes} nodes)
            kubeconfig     {dev.Kubeconfig}

            Try, in another terminal:

              export KUBECONFIG={dev.Kubeconfig}
              kubectl get nodes,pods,mesosframeworks
              kubectl get pods --watch
              mesos-bridge execute --master {dev.Master} --name hello --command 'echo hello; sleep 5' --resources 'cpus:0.1;mem:32'
              kubectl logs --selector mesosbridge.io/task-id=hello

            Ctrl-C stops everything.
            """);
        _process.Out.Flush();
    }
}
