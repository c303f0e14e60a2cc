namespace MesosK8sBridge.Kubernetes;

/// <summary>What a list or a watch asks for.</summary>
public sealed record ListOptions
{
    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>Where a watch starts, or the least age of a list; null for the newest.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Most objects a page may have; null for all at once.</summary>
    public int? Limit { get; init; }

    /// <summary>The token of the page before.</summary>
    public string? Continue { get; init; }

    /// <summary>A watch also sends BOOKMARK events, which carry a newer resource version and nothing else.</summary>
    public bool AllowWatchBookmarks { get; init; }

    /// <summary>After which the server ends a watch by itself.</summary>
    public TimeSpan? Timeout { get; init; }
}
