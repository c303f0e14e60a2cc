using System.Globalization;
using MesosK8sBridge.Benchmarks.Framework;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Configuration;
using MesosK8sBridge.Kubernetes.Embedded;
using MesosK8sBridge.Kubernetes.Embedded.Nodes;
using MesosK8sBridge.Operator.Bridge;
using Microsoft.Extensions.Logging.Abstractions;

namespace MesosK8sBridge.Benchmarks.Memory;

/// <summary>What a <see cref="Child"/> does.</summary>
internal static class Roles
{
    /// <summary>An API server with simulated nodes. Its greeting is the server's address.</summary>
    public static async Task ClusterAsync(int nodes)
    {
        await using var server = await EmbeddedApiServer.StartAsync();
        using var client = new KubernetesClient(new KubernetesClientConfiguration { Server = server.Uri });
        await using var simulated = await SimulatedNodes.StartAsync(
            client, EmbeddedClusterOptions.NodesLike(new NodeOptions { Name = "node" }, nodes), NullLogger.Instance);
        await ServeAsync(server.Uri.AbsoluteUri);
    }

    /// <summary>A bridge and nothing else. Its greeting is the endpoint's port.</summary>
    public static async Task BridgeAsync(Uri server)
    {
        using var client = new KubernetesClient(
            new KubernetesClientConfiguration { Server = server }, new KubernetesClientOptions { Json = CustomResources.Json });
        await using var bridge = await Bridges.StartAsync(client, CancellationToken.None);
        await ServeAsync(bridge.Address.Port.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Until the input ends.</summary>
    /// <param name="answer">To any line but <c>measure</c>.</param>
    public static async Task ServeAsync(string greeting, Func<string, string>? answer = null)
    {
        await Console.Out.WriteLineAsync(greeting);
        while (await Console.In.ReadLineAsync() is { } question)
        {
            await Console.Out.WriteLineAsync(question == "measure" ? Measured() : answer!(question));
        }
    }

    private static string Measured()
    {
        var use = MemoryUse.Now();
        return $"{use.Resident} {use.Managed}";
    }
}
