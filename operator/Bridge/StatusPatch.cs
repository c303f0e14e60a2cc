using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Operator;

/// <summary>Replaces the whole status of an object, whatever its resource version: nobody else writes it.</summary>
internal static class StatusPatch
{
    public const string Subresource = "status";

    /// <param name="status">As JSON.</param>
    public static V1Patch Of(string status) =>
        V1Patch.Json([new JsonObject { ["op"] = "add", ["path"] = "/status", ["value"] = JsonNode.Parse(status) }]);
}
