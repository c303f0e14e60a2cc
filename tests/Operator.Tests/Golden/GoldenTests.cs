using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Frameworks;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Tests.Golden;

/// <summary>
/// <c>Build/&lt;case&gt;</c>: a launch, and the Pod it becomes or the words of its refusal.
/// <c>Read/&lt;case&gt;</c>: what a kubelet or a person has made of such a Pod, and what frameworks are told of it.
/// </summary>
public sealed class GoldenTests
{
    private const string NodeUid = "6b1f7ab2-1d35-4a0c-8f55-3a5f2b1f0c11";

    private static readonly FetcherSettings Fetcher = new("registry.example/mesos-bridge:1", ["dotnet", "/app/mesos-bridge.dll"]);

    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> BuildCases => [.. GoldenCase.NamesIn("Build")];

    public static TheoryData<string> ReadCases => [.. GoldenCase.NamesIn("Read")];

    [Theory, MemberData(nameof(BuildCases))]
    public void A_launch_becomes_the_pod_beside_it(string name)
    {
        var golden = GoldenCase.Of("Build", name);

        var plan = Plan(golden);

        var made = plan as PodPlan.Made;
        var refused = (plan as PodPlan.Refused)?.Reason;
        golden.Check(
            ("pod.yaml", made is null ? null : YamlWriting.ToYaml(Node(made.Pod))),
            ("beside.yaml", made is null or { Secrets: [], Services: [], Claims: [] } ? null : string.Join("---\n", Beside(made))),
            ("refusal.txt", refused is null ? null : $"{MesosNames.Of(refused.ReasonFor(isGroup: false))}: {refused.Message}\n"));
    }

    [Theory, MemberData(nameof(ReadCases))]
    public void A_pod_is_read_as_the_updates_beside_it(string name)
    {
        var given = SeenPod.Of(name);

        var reading = given.Read();

        GoldenCase.Of("Read", name).Check(("status.json", Write(reading)));
    }

    [Theory, MemberData(nameof(ReadCases))]
    public void Reading_again_later_repeats_every_update_to_the_byte(string name)
    {
        var given = SeenPod.Of(name) with { IsGone = false };

        var first = given.Read();
        var later = (given with { Now = given.Now + TimeSpan.FromDays(1) }).Read();

        foreach (var (before, after) in first.Tasks.Zip(later.Tasks))
        {
            Assert.Equal(before.Statuses, after.Statuses.Take(before.Statuses.Length));
        }
    }

    private static IEnumerable<string> Beside(PodPlan.Made made) =>
        made.Secrets.Select(secret => YamlWriting.ToYaml((JsonObject)JsonNode.Parse(CustomResources.Json.Serialize(secret))!))
            .Concat(made.Services.Select(service => YamlWriting.ToYaml((JsonObject)JsonNode.Parse(CustomResources.Json.Serialize(service))!)))
            .Concat(made.Claims.Select(claim => YamlWriting.ToYaml((JsonObject)JsonNode.Parse(CustomResources.Json.Serialize(claim))!)));

    internal static PodPlan Plan(GoldenCase golden)
    {
        var given = (JsonObject)JsonNode.Parse(golden.Read("launch.json"))!;
        var framework = new V1Alpha1MesosFramework
        {
            Metadata = new V1ObjectMeta { Name = "tester", NamespaceProperty = "apps" },
            Spec = given["spec"] is { } spec ? CustomResources.Json.Deserialize<V1Alpha1MesosFramework>($$"""{"spec":{{spec.ToJsonString()}}}""").Spec : new(),
        };
        var extended = (given["extended"] as JsonObject ?? [])
            .Aggregate(ExtendedResources.Default, (all, one) => all.With(one.Key, one.Value!.GetValue<string>()));
        var settings = FrameworkSpecs.PodSettings(
            framework, new FrameworkDefaults(Admission.Declared, "default", Image: null, Fetcher) { Extended = extended });
        return PodBuilder.Plan(LaunchOf(given), "node-1", settings);
    }

    private static MasterEffect.Launch LaunchOf(JsonObject given) => new(
        Parse<FrameworkInfo>(given["framework"] ?? JsonNode.Parse("""{"user":"root","name":"tester","id":{"value":"m-0001"}}""")!),
        new Agent(
            new AgentId($"{NodeUid}-S0"), "node-1.example", "10.0.0.1", 5051, [], [], null, ImmutableSortedDictionary<string, string>.Empty, Schedulable: true),
        [.. ((JsonArray)given["tasks"]!).Select(task => Parse<TaskInfo>(Completed((JsonObject)task!)))],
        given["executor"] is { } executor ? Parse<ExecutorInfo>(executor) : null);

    /// <summary>With what every task has.</summary>
    private static JsonObject Completed(JsonObject task)
    {
        var completed = new JsonObject
        {
            ["name"] = "a task",
            ["task_id"] = new JsonObject { ["value"] = "t1" },
            ["agent_id"] = new JsonObject { ["value"] = $"{NodeUid}-S0" },
            ["resources"] = JsonNode.Parse("""
                [{"name":"cpus","type":"SCALAR","scalar":{"value":0.1},"allocation_info":{"role":"*"}},
                 {"name":"mem","type":"SCALAR","scalar":{"value":32},"allocation_info":{"role":"*"}}]
                """),
        };
        Lay(completed, task);
        return completed;
    }

    internal static void Lay(JsonObject under, JsonObject over)
    {
        foreach (var (key, value) in over)
        {
            if (value is JsonObject map && under[key] is JsonObject inner)
            {
                Lay(inner, map);
            }
            else
            {
                under[key] = value?.DeepClone();
            }
        }
    }

    private static string Write(PodReading reading)
    {
        var tasks = new JsonObject(reading.Tasks.Select(task => KeyValuePair.Create(
            task.Key.Task.Value, (JsonNode?)new JsonArray([.. task.Statuses.Select(status => JsonNode.Parse(MesosJson.ToText(status)))]))));
        var text = new JsonObject
        {
            ["tasks"] = tasks,
            ["demand"] = SeenPod.Words(reading.Demand),
            ["recheckAt"] = reading.RecheckAt?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
        };
        foreach (var task in reading.Tasks.Where(task => task.Vanished is not null))
        {
            text["vanished"] = (JsonNode?)(text["vanished"] as JsonObject) ?? new JsonObject();
            text["vanished"]![task.Key.Task.Value] = task.Vanished;
        }

        return text.ToJsonString(Pretty) + "\n";
    }

    private static T Parse<T>(JsonNode json)
        where T : class, IMessage<T>, new() =>
        MesosJson.Parse<T>(Encoding.UTF8.GetBytes(json.ToJsonString()));

    internal static JsonObject Node(V1Pod pod) => (JsonObject)JsonNode.Parse(CustomResources.Json.Serialize(pod))!;
}
