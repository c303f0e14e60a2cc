using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace MesosK8sBridge.Shim.Http;

internal delegate Task Handler(HttpContext http, RequestTarget target);

/// <summary>Which handler answers which path: the one of the longest route that the path begins with.</summary>
/// <remarks>Mesos: 3rdparty/libprocess/src/process.cpp, <c>ProcessBase::consume(HttpEvent)</c>.</remarks>
internal sealed class Routes(IEnumerable<KeyValuePair<string, Handler>> handlers)
{
    private readonly FrozenDictionary<string, Handler> _handlers = handlers.ToFrozenDictionary();

    public Handler? Find(RequestTarget target)
    {
        if (target.ClimbsUp)
        {
            return null;
        }

        for (var route = target.Route; route.Length > 0; route = Parent(route))
        {
            if (_handlers.TryGetValue(route, out var handler))
            {
                return handler;
            }
        }

        return null;
    }

    private static string Parent(string route) =>
        route.LastIndexOf('/') is >= 0 and var slash ? route[..slash].TrimEnd('/') : "";
}
