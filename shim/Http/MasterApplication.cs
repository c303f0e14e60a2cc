using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Shim.Http;

/// <summary>Finds the handler of each request, and is the edge where what a handler throws becomes an answer.</summary>
internal sealed class MasterApplication(Routes routes, ILogger logger) : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to hear of it.
        }
        catch (BadHttpRequestException bad)
        {
            context.Response.Headers.Connection = "close"; // Where the next request begins is anybody's guess.
            await Refuse(bad).WriteAsync(context);
        }
        catch (Exception fault) // The edge: one broken request must not harm the others.
        {
            logger.RequestFailed(context.Request.Path, fault);
            await FailAsync(context);
        }
    }

    private Task RouteAsync(HttpContext context)
    {
        var target = RequestTarget.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        return routes.Find(target) is { } handle ? handle(context, target) : Refusals.UnknownPath.WriteAsync(context);
    }

    private static HttpAnswer Refuse(BadHttpRequestException bad) =>
        bad.StatusCode == StatusCodes.Status408RequestTimeout ? Refusals.BodyTooSlow : Refusals.BodyUnreadable(bad.Message);

    private static Task FailAsync(HttpContext context)
    {
        if (!context.Response.HasStarted)
        {
            return Refusals.Failed.WriteAsync(context);
        }

        context.Abort();
        return Task.CompletedTask;
    }
}
