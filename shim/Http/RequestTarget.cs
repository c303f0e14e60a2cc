namespace MesosK8sBridge.Shim.Http;

/// <summary>A request's path as libprocess sees it.</summary>
/// <param name="Path">Begins with <c>/master</c>, which is put in front of whatever does not.</param>
/// <param name="Query">With its question mark; empty if there is none.</param>
/// <remarks>
/// Read from the raw target: Kestrel would resolve the <c>/..</c> that libprocess refuses.
/// Mesos: 3rdparty/libprocess/src/process.cpp, <c>ProcessManager::handle</c>.
/// </remarks>
internal readonly record struct RequestTarget(string Path, string Query)
{
    private const string Master = "/master";

    public static RequestTarget Parse(string raw)
    {
        var target = WithoutAuthority(raw);
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = question < 0 ? (target, "") : (target[..question], target[question..]);
        return new RequestTarget(IsOfMaster(path) ? path : Master + path, query);
    }

    /// <summary>The route asked for, without <c>/master</c> and without slashes around it: <c>api/v1/scheduler</c>.</summary>
    public string Route => Path[Master.Length..].Trim('/');

    public bool ClimbsUp => Path.Contains("/..", StringComparison.Ordinal);

    private static bool IsOfMaster(string path) =>
        path.StartsWith(Master, StringComparison.Ordinal) && (path.Length == Master.Length || path[Master.Length] == '/');

    /// <summary>What a proxy is sent: <c>http://host/path</c>.</summary>
    private static string WithoutAuthority(string raw)
    {
        if (raw.StartsWith('/') || raw.IndexOf("://", StringComparison.Ordinal) is not (>= 0 and var scheme))
        {
            return raw;
        }

        var path = raw.IndexOf('/', scheme + 3);
        return path < 0 ? "/" : raw[path..];
    }
}
