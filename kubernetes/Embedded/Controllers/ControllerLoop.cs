using System.Threading.Channels;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Kubernetes.Embedded.Controllers;

/// <summary>Runs the few controllers without which an API server would not be whole, one change after the other.</summary>
internal sealed class ControllerLoop : IAsyncDisposable
{
    // Unbounded: a change must never be lost here, and each is a reference to what the history holds anyway.
    private readonly Channel<(string Resource, Change Change)> _changes =
        Channel.CreateUnbounded<(string, Change)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly IReadOnlyList<IController> _controllers;
    private readonly ILogger _log;
    private readonly Task _running;

    public ControllerLoop(ApiContext context, ILoggerFactory? loggers)
    {
        _log = (loggers ?? NullLoggerFactory.Instance).CreateLogger<ControllerLoop>();
        _controllers = [new DefinitionController(context), new NamespaceController(context), new OwnerCollector(context), new NodeLifecycle(context), new EventTrimmer(context)];
        context.Store.Changed += (resource, change) => _changes.Writer.TryWrite((resource, change));
        _running = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _changes.Writer.TryComplete();
        await _running;
    }

    private async Task RunAsync()
    {
        await foreach (var (resource, change) in _changes.Reader.ReadAllAsync())
        {
            foreach (var controller in _controllers)
            {
                Handle(controller, resource, change);
            }
        }
    }

    private void Handle(IController controller, string resource, Change change)
    {
        try
        {
            controller.Handle(resource, change);
        }
        catch (Exception e) // one failure must not end the loop
        {
            _log.ControllerFailed(e, controller.GetType().Name, resource, change.Current.Key.Name);
        }
    }
}

internal interface IController
{
    /// <summary>Acts on a change, by what is true now.</summary>
    void Handle(string resource, Change change);
}
