using System.Text;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Fuzz;

/// <summary>Names that mean something to the master at the moment.</summary>
/// <param name="Stream">For <c>Mesos-Stream-Id</c>.</param>
/// <param name="Uuid">Of the last update, in Base64.</param>
internal sealed record Names(string Framework, string Stream, string Offer, string Agent, string Task, string Uuid)
{
    public static Names None { get; } = new("f", "00000000-0000-0000-0000-000000000000", "o", "a1", "t", "a6e4EJ2tQdGAtADAT9QwyA==");
}

/// <summary>Calls that are right, of every type and with nearly every field.</summary>
internal static class Calls
{
    private const string Info =
        """
        {"user":"root","name":"fuzz","roles":["a","b/c"],"hostname":"h","webui_url":"http://h","principal":"p","failover_timeout":0,
         "checkpoint":true,"capabilities":[{"type":"MULTI_ROLE"},{"type":"PARTITION_AWARE"},{"type":"RESERVATION_REFINEMENT"},{"type":"SHARED_RESOURCES"}],
         "labels":{"labels":[{"key":"k","value":"v"}]},
         "offer_filters":{"a":{"min_allocatable_resources":{"quantities":[{"quantities":{"cpus":{"value":0.1},"mem":{"value":1}}}]}}}}
        """;

    private const string Constraints =
        """
        {"role_constraints":{"a":{"groups":[{"attribute_constraints":[
          {"selector":{"attribute_name":"rack"},"predicate":{"text_matches":{"regex":"r[0-9]+|.*x"}}},
          {"selector":{"pseudoattribute_type":"HOSTNAME"},"predicate":{"text_not_equals":{"value":"h"}}},
          {"selector":{"pseudoattribute_type":"ZONE"},"predicate":{"not_exists":{}}}]}]}}}
        """;

    private const string Resources =
        """
        [{"name":"cpus","type":"SCALAR","scalar":{"value":0.1}},{"name":"mem","type":"SCALAR","scalar":{"value":32},"role":"*"},
         {"name":"disk","type":"SCALAR","scalar":{"value":32}},{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":31005,"end":31006}]}}]
        """;

    private const string Command =
        """
        {"value":"sleep 1","shell":true,"user":"root","arguments":["a"],"uris":[{"value":"http://x"}],
         "environment":{"variables":[{"name":"A","value":"b"},{"name":"S","type":"SECRET","secret":{"type":"VALUE","value":{"data":"eA=="}}}]}}
        """;

    private const string Task =
        """
        {"name":"n","task_id":{"value":"$task"},"agent_id":{"value":"$agent"},"resources":$resources,"command":$command,
         "container":{"type":"DOCKER","docker":{"image":"i","network":"BRIDGE","port_mappings":[{"host_port":31005,"container_port":80}],"parameters":[{"key":"a","value":"b"}]},
          "volumes":[{"container_path":"/x","mode":"RW","host_path":"/y"}]},
         "health_check":{"type":"HTTP","http":{"port":80,"path":"/x","scheme":"http","statuses":[200]},"delay_seconds":1,"grace_period_seconds":2},
         "check":{"type":"TCP","tcp":{"port":80}},"kill_policy":{"grace_period":{"nanoseconds":1000}},"max_completion_time":{"nanoseconds":1000000},
         "limits":{"cpus":{"value":1},"mem":{"value":64}},"labels":{"labels":[{"key":"k"}]},"data":"eA==",
         "discovery":{"visibility":"CLUSTER","name":"d","ports":{"ports":[{"number":80}]}}}
        """;

    private const string Small =
        """{"name":"n","task_id":{"value":"$taskg"},"agent_id":{"value":"$agent"},"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":0.1}}],"command":{"value":"x"}}""";

    private const string Executor =
        """{"type":"DEFAULT","executor_id":{"value":"e"},"framework_id":{"value":"$framework"},"resources":$resources,"shutdown_grace_period":{"nanoseconds":5}}""";

    private const string Volume =
        """{"name":"disk","type":"SCALAR","scalar":{"value":10},"reservations":[{"type":"DYNAMIC","role":"a","principal":"p","labels":{"labels":[{"key":"k"}]}}],"disk":{"persistence":{"id":"v","principal":"p"},"volume":{"mode":"RW","container_path":"p"},"source":{"type":"MOUNT","mount":{"root":"/m"}}},"allocation_info":{"role":"a"}}""";

    private const string Accept = """{"type":"ACCEPT","framework_id":{"value":"$framework"},"accept":{"offer_ids":[{"value":"$offer"}],"filters":{"refuse_seconds":0},"operations":[$operations]}}""";

    private static readonly string[] Operations =
    [
        """{"type":"LAUNCH","launch":{"task_infos":[$taskinfo,$small]}}""",
        """{"type":"LAUNCH","launch":{"task_infos":[$small]}}""",
        """{"type":"LAUNCH_GROUP","launch_group":{"executor":$executor,"task_group":{"tasks":[$small]}}}""",
        """{"type":"RESERVE","id":{"value":"o"},"reserve":{"resources":[$volume]}}""",
        """{"type":"UNRESERVE","id":{"value":"o"},"unreserve":{"resources":[$volume]}}""",
        """{"type":"CREATE","id":{"value":"o"},"create":{"volumes":[$volume]}}""",
        """{"type":"DESTROY","id":{"value":"o"},"destroy":{"volumes":[$volume]}}""",
        """{"type":"GROW_VOLUME","id":{"value":"o"},"grow_volume":{"volume":$volume,"addition":$volume}}""",
        """{"type":"SHRINK_VOLUME","id":{"value":"o"},"shrink_volume":{"volume":$volume,"subtract":{"value":1}}}""",
        """{"type":"CREATE_DISK","id":{"value":"o"},"create_disk":{"source":$volume,"target_type":"MOUNT"}}""",
        """{"type":"DESTROY_DISK","id":{"value":"o"},"destroy_disk":{"source":$volume}}""",
    ];

    private static readonly string[] Others =
    [
        """{"type":"SUBSCRIBE","subscribe":{"framework_info":$info,"suppressed_roles":["a"],"offer_constraints":$constraints}}""",
        """{"type":"SUBSCRIBE","framework_id":{"value":"own"},"subscribe":{"framework_info":{"user":"u","name":"n","id":{"value":"own"},"role":"r"}}}""",
        """{"type":"DECLINE","framework_id":{"value":"$framework"},"decline":{"offer_ids":[{"value":"$offer"}],"filters":{"refuse_seconds":0.1}}}""",
        """{"type":"ACCEPT_INVERSE_OFFERS","framework_id":{"value":"$framework"},"accept_inverse_offers":{"inverse_offer_ids":[{"value":"$offer"}],"filters":{}}}""",
        """{"type":"DECLINE_INVERSE_OFFERS","framework_id":{"value":"$framework"},"decline_inverse_offers":{"inverse_offer_ids":[{"value":"$offer"}]}}""",
        """{"type":"REVIVE","framework_id":{"value":"$framework"},"revive":{"roles":["a"]}}""",
        """{"type":"SUPPRESS","framework_id":{"value":"$framework"},"suppress":{"roles":["b/c"]}}""",
        """{"type":"KILL","framework_id":{"value":"$framework"},"kill":{"task_id":{"value":"$task"},"agent_id":{"value":"$agent"},"kill_policy":{"grace_period":{"nanoseconds":1}}}}""",
        """{"type":"SHUTDOWN","framework_id":{"value":"$framework"},"shutdown":{"executor_id":{"value":"e"},"agent_id":{"value":"$agent"}}}""",
        """{"type":"ACKNOWLEDGE","framework_id":{"value":"$framework"},"acknowledge":{"agent_id":{"value":"$agent"},"task_id":{"value":"$task"},"uuid":"$uuid"}}""",
        """{"type":"ACKNOWLEDGE_OPERATION_STATUS","framework_id":{"value":"$framework"},"acknowledge_operation_status":{"agent_id":{"value":"$agent"},"uuid":"$uuid","operation_id":{"value":"o"}}}""",
        """{"type":"RECONCILE","framework_id":{"value":"$framework"},"reconcile":{"tasks":[{"task_id":{"value":"$task"},"agent_id":{"value":"$agent"}},{"task_id":{"value":"x"}}]}}""",
        """{"type":"RECONCILE","framework_id":{"value":"$framework"},"reconcile":{}}""",
        """{"type":"RECONCILE_OPERATIONS","framework_id":{"value":"$framework"},"reconcile_operations":{"operations":[{"operation_id":{"value":"o"},"agent_id":{"value":"$agent"}}]}}""",
        """{"type":"MESSAGE","framework_id":{"value":"$framework"},"message":{"agent_id":{"value":"$agent"},"executor_id":{"value":"e"},"data":"eA=="}}""",
        """{"type":"REQUEST","framework_id":{"value":"$framework"},"request":{"requests":[{"agent_id":{"value":"$agent"},"resources":$resources}]}}""",
        """{"type":"UPDATE_FRAMEWORK","framework_id":{"value":"$framework"},"update_framework":{"framework_info":$updated,"suppressed_roles":["a"],"offer_constraints":$constraints}}""",
        """{"type":"UNKNOWN","framework_id":{"value":"$framework"}}""",
    ];

    /// <summary>Each of them, as JSON.</summary>
    public static IEnumerable<string> All(Names names) =>
        Operations.Select(operation => Accept.Replace("$operations", operation, StringComparison.Ordinal)).Concat(Others)
            .Select(text => Filled(text, names));

    /// <summary>As JSON.</summary>
    public static string Any(Random random, Names names)
    {
        // Half of all are ACCEPTs: most of what a master does it does for them. TEARDOWN is rare: it costs a framework.
        var text = random.Next(2) == 0 ? Accept.Replace("$operations", OneOrTwo(random), StringComparison.Ordinal)
            : random.Next(200) == 0 ? """{"type":"TEARDOWN","framework_id":{"value":"$framework"}}"""
            : Others[random.Next(Others.Length)];
        return Filled(text, names);
    }

    /// <param name="json">Of a call that is right.</param>
    public static Call Parse(string json) => MesosJson.Parse<Call>(Encoding.UTF8.GetBytes(json));

    private static string Filled(string text, Names names) =>
        new StringBuilder(text)
            .Replace("$taskinfo", Task).Replace("$small", Small).Replace("$executor", Executor).Replace("$volume", Volume)
            .Replace("$updated", Info.Replace("\"user\"", """ "id":{"value":"$framework"},"user" """, StringComparison.Ordinal))
            .Replace("$info", Info).Replace("$constraints", Constraints).Replace("$resources", Resources).Replace("$command", Command)
            .Replace("$task", names.Task).Replace("$agent", names.Agent).Replace("$offer", names.Offer).Replace("$uuid", names.Uuid)
            .Replace("$framework", names.Framework).ToString();

    private static string OneOrTwo(Random random) =>
        Operations[random.Next(Operations.Length)] + (random.Next(2) == 0 ? "" : "," + Operations[random.Next(Operations.Length)]);
}
