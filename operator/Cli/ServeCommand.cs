using System.CommandLine;
using System.Net;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>The bridge in front of a cluster that is there.</summary>
internal sealed class ServeCommand : Command, ICheckedCommand
{
    private readonly Setting<string?> _kubeconfig = new(
        "--kubeconfig", "FILE", "How to reach the cluster; none: $KUBECONFIG, the Pod's service account, ~/.kube/config.", Readers.NonEmpty, null, null);

    private readonly Setting<string?> _context = new(
        "--context", "NAME", "Context in the kubeconfig; none: its current one.", Readers.NonEmpty, null, null);

    private readonly Setting<bool> _installCrds = Setting<bool>.Flag(
        "--install-crds", "Create or update the CustomResourceDefinitions at the start.");

    private readonly Setting<HostPort?> _probeListen = new(
        "--probe-listen", "IP:PORT", "Where Kubernetes asks for /readyz and /livez; none: nowhere.", Readers.ListenAddress, null, null);

    private readonly LeadershipOptions _leadership = new();
    private readonly BridgeSettings _bridge = new("0.0.0.0:5050", Admission.Declared, defaultImage: null);
    private readonly CommandContext _process;
    private readonly LogSettings _log;

    public ServeCommand(CommandContext context, LogSettings log)
        : base("serve", "Be a Mesos master in front of a Kubernetes cluster.")
    {
        (_process, _log) = (context, log);
        foreach (var option in new Option[] { _kubeconfig, _context, _installCrds, _probeListen }.Concat(_leadership.All).Concat(_bridge.All))
        {
            Options.Add(option);
        }

        SetAction(RunAsync);
    }

    public IEnumerable<string> Problems(ParseResult result) => _leadership.Problems(result).Concat(_bridge.Problems(result));

    private async Task<int> RunAsync(ParseResult result, CancellationToken stop)
    {
        using var loggers = LoggerFactory.Create(logging => _log.Configure(logging, result));
        var log = loggers.CreateLogger<ServeCommand>();
        try
        {
            var cluster = KubernetesClientConfiguration.Load(_kubeconfig.In(result), _context.In(result), _process.Clock);
            using var kubernetes = new KubernetesClient(
                cluster, new KubernetesClientOptions { Json = CustomResources.Json }, _process.Clock, _process.Random);
            var options = _bridge.Read(result, cluster.Namespace) with
            {
                Leadership = _leadership.Read(result, cluster.Namespace),
                ProbeListen = _probeListen.In(result) is { } probes ? new IPEndPoint(probes.Address!, probes.Port) : null,
                InstallCustomResources = _installCrds.In(result),
                Instance = _process.Variable("HOSTNAME") ?? System.Environment.MachineName,
            };
            await using var bridge = await BridgeHost.StartAsync(kubernetes, options, _process.Clock, loggers, cancellationToken: stop);
            log.Listening(bridge.Address, cluster.Server);
            await Task.Delay(Timeout.InfiniteTimeSpan, _process.Clock, stop);
            return ExitCodes.Success;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.Stopped();
            return ExitCodes.Success;
        }
        catch (Exception e) when (DevBridge.IsUnavailable(e))
        {
            log.CannotServe(e.Message);
            return ExitCodes.Unavailable;
        }
    }
}
