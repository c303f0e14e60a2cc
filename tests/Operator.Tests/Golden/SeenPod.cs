using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using Capability = MesosK8sBridge.Protocol.V1.FrameworkInfo.Types.Capability;

namespace MesosK8sBridge.Operator.Tests.Golden;

/// <summary>
/// A case of <c>Read</c>: the Pod of the case of <c>Build</c> that it is <c>from</c>, over which its own fields are laid, at the time <c>now</c>.
/// <c>gone</c>: it has left the cluster. <c>node</c>: <c>why</c> it is to get empty, and <c>since</c> when; <c>silent</c>, or for long well.
/// </summary>
internal sealed record SeenPod(JsonObject Json, PodNode Node, DateTimeOffset Now, bool IsGone)
{
    private static readonly DateTimeOffset LongAgo = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static SeenPod Of(string name)
    {
        var given = (JsonObject)YamlText.Read(GoldenCase.Of("Read", name).Read("pod.yaml")).Single();
        var pod = Build(given["from"]!.GetValue<string>());
        GoldenTests.Lay(pod, (JsonObject)(given["pod"] ?? new JsonObject()));
        return new SeenPod(pod, NodeOf(given["node"]), DateTimeOffset.Parse(given["now"]!.GetValue<string>()), given["gone"] is not null);
    }

    /// <summary>The Pod of a case of <c>Build</c>, as the API server has it before anybody else has done anything to it.</summary>
    public static JsonObject Build(string name)
    {
        var pod = GoldenTests.Node(Assert.IsType<PodPlan.Made>(GoldenTests.Plan(GoldenCase.Of("Build", name))).Pod);
        GoldenTests.Lay(pod, new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = "0f0e0d0c-0b0a-4908-8706-050403020100", ["creationTimestamp"] = "2026-01-02T03:04:00Z" },
        });
        return pod;
    }

    /// <summary>The same Pod, of a framework with these capabilities and no others.</summary>
    public SeenPod Of(params Capability.Types.Type[] capabilities)
    {
        var json = (JsonObject)Json.DeepClone();
        var annotations = json["metadata"]!["annotations"]!;
        var framework = MesosJson.Parse<FrameworkInfo>(System.Text.Encoding.UTF8.GetBytes(annotations[TaskMarks.FrameworkInfo]!.GetValue<string>()));
        framework.Capabilities.Clear();
        framework.Capabilities.Add(capabilities.Select(type => new Capability { Type = type }));
        annotations[TaskMarks.FrameworkInfo] = MesosJson.ToText(framework);
        return this with { Json = json };
    }

    public PodReading Read()
    {
        var pod = CustomResources.Json.Deserialize<V1Pod>(Json.ToJsonString());
        Assert.True(PodTasks.TryRead(pod, out var tasks));
        return IsGone ? PodReader.ReadGone(pod, tasks, new PodPatience(), Now) : PodReader.Read(pod, tasks, new PodPatience(), Now, Node);
    }

    public static string Words(PodDemand demand) => demand switch
    {
        PodDemand.GiveUp giveUp => $"GiveUp: {giveUp.Message}",
        PodDemand.MarkDrained drained => $"MarkDrained: {drained.Why}",
        var other => other.GetType().Name,
    };

    private static PodNode NodeOf(JsonNode? node) => new(
        node?["why"] is { } why
            ? new NodeDrain(why.GetValue<string>(), node["since"] is { } since ? DateTimeOffset.Parse(since.GetValue<string>()) : null)
            : null,
        node?["silent"] is null ? LongAgo : null);
}
