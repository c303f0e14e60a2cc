using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Kubernetes.Tests.Nodes;

/// <summary>What a container serves: <c>/good</c>, <c>/moved</c> to there, and nothing else. Remembers who asked for what.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<(string Path, string Agent)> _asked = new();
    private readonly SemaphoreSlim _news = new(0);

    private Site(WebApplication application) => _application = application;

    public int Port { get; private set; }

    public IEnumerable<string> Agents => _asked.Select(request => request.Agent);

    public static async Task<Site> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var site = new Site(builder.Build());
        site._application.Run(site.AnswerAsync);
        await site._application.StartAsync(TestContext.Current.CancellationToken);
        var addresses = site._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        site.Port = new Uri(addresses.First()).Port;
        return site;
    }

    public async Task AskedAsync(string path, int times)
    {
        while (_asked.Count(request => request.Path == path) < times)
        {
            Assert.True(await _news.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), $"Nobody asks for {path}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _news.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        _asked.Enqueue((context.Request.Path.Value!, context.Request.Headers.UserAgent.ToString()));
        _news.Release();
        switch (context.Request.Path.Value)
        {
            case "/good":
                break;
            case "/moved":
                context.Response.Redirect("/good");
                break;
            default:
                context.Response.StatusCode = 500;
                break;
        }

        return Task.CompletedTask;
    }
}
