namespace MesosK8sBridge.Kubernetes.Embedded;

/// <summary>How an <see cref="EmbeddedApiServer"/> is run.</summary>
public sealed record EmbeddedApiServerOptions
{
    /// <summary>Address to listen on. There is no authentication: keep it a loopback address.</summary>
    public System.Net.IPAddress Address { get; init; } = System.Net.IPAddress.Loopback;

    /// <summary>0: any free port.</summary>
    public int Port { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where uids and generated names come from; give a seeded one to repeat a run.</summary>
    public Random Random { get; init; } = new();

    /// <summary>Changes kept for each resource, for watches that resume and lists that are continued. At least 1.</summary>
    public int HistoryLimit { get; init; } = 4_096;

    /// <summary>Most watches at a time.</summary>
    public int WatcherLimit { get; init; } = 2_000;

    /// <summary>Changes a watch may lag behind before it is ended.</summary>
    public int WatcherQueueLimit { get; init; } = 4_096;

    /// <summary>How often a watch that asked for them gets a bookmark.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Where container logs come from; null: no Pod has any.</summary>
    public IPodLogs? PodLogs { get; init; }
}
