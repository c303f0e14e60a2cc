using System.CommandLine;
using MesosK8sBridge.Operator.Demo;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>The bridge shown in half a minute.</summary>
internal sealed class DemoCommand : Command, ICheckedCommand
{
    private const int PlainWidth = 160;

    // Free ports, and no chatter between the lines of the demo.
    private readonly BridgeSettings _bridge = new("127.0.0.1:0", Admission.Open, DevBridge.DefaultImage);
    private readonly DevSettings _cluster = new();
    private readonly CommandContext _process;
    private readonly LogSettings _log;

    public DemoCommand(CommandContext context, LogSettings log)
        : base("demo", "Show a framework running tasks on an embedded cluster; exits with 0 if all went as it should.")
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
        using var loggers = LoggerFactory.Create(logging =>
        {
            _log.Configure(logging, result);
            if (!_log.Level.IsGiven(result))
            {
                logging.SetMinimumLevel(LogLevel.Error);
            }
        });
        try
        {
            var board = new DemoBoard();
            var screen = new DemoScreen(Terminal(), board);
            screen.Say("Starting an embedded cluster and the bridge in front of it …");
            await using var dev = await DevBridge.StartAsync(_cluster, _bridge.Read(result), result, _process, loggers, stop);
            screen.Say($"Mesos master at {dev.Master}, Kubernetes at {dev.ApiServer} with {dev.Nodes} nodes");
            foreach (var created in await Samples.ApplyAsync(dev.Kubernetes, stop))
            {
                screen.Say($"Applied {created}");
            }

            var run = new DemoRun(dev.Kubernetes, dev.Master, screen, board, _process.Clock, _process.Random);
            return ExitCodes.From(await run.RunAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (DevBridge.IsUnavailable(e))
        {
            loggers.CreateLogger<DemoCommand>().CannotServe(e.Message);
            return ExitCodes.Unavailable;
        }
    }

    private IAnsiConsole Terminal()
    {
        if (_process.IsTerminal)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_process.Out) });
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(_process.Out),
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        plain.Profile.Width = PlainWidth;
        return plain;
    }
}
