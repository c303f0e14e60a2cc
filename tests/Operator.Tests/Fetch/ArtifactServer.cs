using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Tests.Fetch;

/// <summary>Serves artifacts on a loopback port: what is here by path, with 200; anything else with 404.</summary>
internal sealed class ArtifactServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ArtifactServer(WebApplication app) => _app = app;

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>The headers <c>Authorization</c> of requests so far.</summary>
    public List<string> Authorizations { get; } = [];

    public static async Task<ArtifactServer> StartAsync(params (string Path, byte[] Content)[] artifacts)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ArtifactServer(app);
        app.Run(async context =>
        {
            server.Authorizations.Add(context.Request.Headers.Authorization.ToString());
            var found = artifacts.FirstOrDefault(artifact => artifact.Path == context.Request.Path);
            context.Response.StatusCode = found.Content is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
            await context.Response.Body.WriteAsync(found.Content ?? [], context.RequestAborted);
        });
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
