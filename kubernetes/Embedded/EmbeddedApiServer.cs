using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Embedded.Api;
using MesosK8sBridge.Kubernetes.Embedded.Controllers;
using MesosK8sBridge.Kubernetes.Embedded.Discovery;
using MesosK8sBridge.Kubernetes.Embedded.Documents;
using MesosK8sBridge.Kubernetes.Embedded.Http;
using MesosK8sBridge.Kubernetes.Embedded.Resources;
using MesosK8sBridge.Kubernetes.Embedded.Storage;
using MesosK8sBridge.Kubernetes.Json;
using MesosK8sBridge.Kubernetes.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Embedded;

/// <summary>
/// A Kubernetes API server that keeps everything in memory and speaks plain HTTP: for tests, demonstrations and
/// development. Imitates version 1.20; knows no authentication and refuses nobody.
/// </summary>
public sealed class EmbeddedApiServer : IAsyncDisposable
{
    private static readonly string[] Namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    private readonly WebApplication _app;
    private readonly ControllerLoop _controllers;
    private readonly PodLogHandler _logs;
    private readonly ApiContext _context;

    private EmbeddedApiServer(WebApplication app, ControllerLoop controllers, PodLogHandler logs, ApiContext context, Uri uri)
    {
        _app = app;
        _controllers = controllers;
        _logs = logs;
        _context = context;
        Uri = uri;
    }

    /// <summary>E.g. <c>http://127.0.0.1:34567/</c>.</summary>
    public Uri Uri { get; }

    /// <summary>Where container logs come from; may be set once the nodes are there.</summary>
    public IPodLogs? PodLogs
    {
        get => _logs.Source;
        set => _logs.Source = value;
    }

    /// <summary>The newest resource version.</summary>
    public long ResourceVersion => _context.Store.Version;

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<EmbeddedApiServer> StartAsync(
        EmbeddedApiServerOptions? options = null, ILoggerFactory? loggers = null, CancellationToken cancellationToken = default)
    {
        options ??= new EmbeddedApiServerOptions();
        var store = new ObjectStore(new StoreLimits(options.HistoryLimit, options.WatcherLimit, options.WatcherQueueLimit));
        var context = new ApiContext(store, new ResourceRegistry(BuiltInResources.Create()), options.Clock, new IdSource(options.Random));
        var logs = new PodLogHandler(context) { Source = options.PodLogs };
        foreach (var name in Namespaces)
        {
            new Creator(context).Create(
                context.Registry.Find("", "v1", "namespaces")!, "", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } }, WriteOptions.Server);
        }

        var controllers = new ControllerLoop(context, loggers);
        var app = Build(options, loggers);
        var router = new RequestRouter(context, options, logs, () => Address(app).Authority, loggers, app.Lifetime.ApplicationStopping);
        app.Run(router.HandleAsync);
        await app.StartAsync(cancellationToken);
        return new EmbeddedApiServer(app, controllers, logs, context, Address(app));
    }

    /// <summary>Writes a kubeconfig with this server as its only and current context.</summary>
    public void WriteKubeconfig(string path)
    {
        var server = Uri.GetLeftPart(UriPartial.Authority);
        var text = $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: embedded
              cluster:
                server: {server}
            users:
            - name: embedded
              user: {"{}"}
            contexts:
            - name: embedded
              context:
                cluster: embedded
                user: embedded
                namespace: default
            current-context: embedded

            """;
        File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    /// <summary>Forgets all history, so that older resource versions are answered 410: what a compaction of etcd does.</summary>
    public void Compact() => _context.Store.Compact();

    /// <summary>
    /// Puts objects into the store as they are: no defaults, no checks, nobody's managed fields. For tests that need more of them than
    /// requests could bring in time. What has no uid and no time of creation gets them.
    /// </summary>
    /// <exception cref="ArgumentException">This server does not serve such objects, or has one of that name.</exception>
    public void Load<T>(IEnumerable<T> objects)
        where T : IKubernetesObject
    {
        var entity = KubernetesEntity<T>.Info;
        var resource = _context.Registry.Find(entity.Group, entity.ApiVersion, entity.PluralName)
            ?? throw new ArgumentException($"There are no {entity.PluralName} here.", nameof(objects));
        foreach (var obj in objects)
        {
            var document = (JsonObject)JsonReading.Parse(KubernetesJson.Default.SerializeToUtf8Bytes(obj))!;
            var metadata = Metadata.Of(document);
            metadata["uid"] ??= _context.Ids.Uid();
            metadata["creationTimestamp"] ??= _context.Now;
            var key = new ObjectKey(metadata.Text("namespace") ?? "", metadata.Text("name") ?? "");
            if (_context.Store.TryCommit(resource.Qualified, key, null, Metadata.Arrange(document, resource)) is null)
            {
                throw new ArgumentException($"There is a {resource.Kind} {key.Name} already.", nameof(objects));
            }
        }
    }

    /// <summary>
    /// Replaces the status of an object as <see cref="Load"/> puts objects: for tests that need more changes than requests could bring in time.
    /// Watches tell of it as of any.
    /// </summary>
    /// <exception cref="ArgumentException">This server does not have the object.</exception>
    public void SetStatus<T>(string name, string? namespaceName, JsonObject status)
        where T : IKubernetesObject
    {
        var entity = KubernetesEntity<T>.Info;
        var resource = _context.Registry.Find(entity.Group, entity.ApiVersion, entity.PluralName)?.Qualified
            ?? throw new ArgumentException($"There are no {entity.PluralName} here.", nameof(name));
        var key = new ObjectKey(namespaceName ?? "", name);
        while (_context.Store.Find(resource, key) is { } current)
        {
            var document = JsonTree.Copy(current.Document);
            document["status"] = status.DeepClone();
            if (_context.Store.TryCommit(resource, key, current, document) is not null)
            {
                return;
            }
        }

        throw new ArgumentException($"There is no {entity.Kind} {name}.", nameof(name));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _controllers.DisposeAsync();
        await _app.DisposeAsync();
    }

    private static WebApplication Build(EmbeddedApiServerOptions options, ILoggerFactory? loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        if (loggers is not null)
        {
            builder.Services.AddSingleton(loggers);
        }

        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // counted while reading, to answer in the API's words
            kestrel.Limits.MinResponseDataRate = null; // an idle watch is no slow client
            kestrel.Listen(new IPEndPoint(options.Address, options.Port));
        });
        return builder.Build();
    }

    /// <summary>Signals are the process's business, of which this server is a part.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static Uri Address(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
