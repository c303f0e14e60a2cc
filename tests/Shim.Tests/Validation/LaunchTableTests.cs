using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Tests.Master;
using Operation = MesosK8sBridge.Protocol.V1.Offer.Types.Operation;

namespace MesosK8sBridge.Shim.Tests.Validation;

/// <summary>What is said about tasks and task groups that are wrong; see <see cref="Table"/>.</summary>
public sealed class LaunchTableTests
{
    private const string RightTask =
        """
        {"name":"t","task_id":{"value":"t1"},"agent_id":{"value":"a1"},"command":{"value":"sleep 1"},"resources":[
         {"name":"cpus","type":"SCALAR","scalar":{"value":1}},{"name":"mem","type":"SCALAR","scalar":{"value":128}}]}
        """;

    private const string RightGroup =
        """
        {"executor":{"type":"DEFAULT","executor_id":{"value":"e"},"framework_id":{"value":"M-0000"},"resources":[
          {"name":"cpus","type":"SCALAR","scalar":{"value":0.1}},{"name":"mem","type":"SCALAR","scalar":{"value":32}},
          {"name":"disk","type":"SCALAR","scalar":{"value":32}}]},
         "task_group":{"tasks":[
          {"name":"t","task_id":{"value":"t1"},"agent_id":{"value":"a1"},"command":{"value":"sleep 1"},
           "resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":0.1}},{"name":"mem","type":"SCALAR","scalar":{"value":32}}]},
          {"name":"t","task_id":{"value":"t2"},"agent_id":{"value":"a1"},"command":{"value":"sleep 1"},
           "resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":0.1}},{"name":"mem","type":"SCALAR","scalar":{"value":32}}]}]}}
        """;

    public static TheoryData<string> Tasks => Table.Lines("tasks");

    public static TheoryData<string> Groups => Table.Lines("groups");

    [Theory, MemberData(nameof(Tasks))]
    public void A_task_is_judged_as_by_Mesos(string line)
    {
        var (_, patch, expected) = Table.Read(line);

        var told = Offered().Accept(Launch(Table.Patched<TaskInfo>(RightTask, patch)));

        Assert.Equal(expected.Length == 0 ? [] : [$"TASK_ERROR TASK_INVALID {expected}"], told);
    }

    [Theory, MemberData(nameof(Groups))]
    public void A_task_group_is_judged_as_by_Mesos(string line)
    {
        var (scene, patch, expected) = Table.Read(line);
        var offered = Offered();
        if (scene.Length > 0)
        {
            Assert.Empty(offered.Accept(LaunchGroup(
                Table.Patched<Operation.Types.LaunchGroup>(RightGroup, scene))));
        }

        var told = offered.Accept(LaunchGroup(Table.Patched<Operation.Types.LaunchGroup>(RightGroup, patch)));

        Assert.All(told, text => Assert.Equal($"TASK_ERROR TASK_GROUP_INVALID {expected}", text));
        Assert.Equal(expected.Length > 0, told.Count > 0);
    }

    [Fact]
    public void Ids_of_live_and_of_unreachable_tasks_may_not_be_used_again()
    {
        var offered = Offered();
        var task = Table.Patched<TaskInfo>(RightTask, "{}");
        Assert.Empty(offered.Accept(Launch(task)));
        Assert.Equal(["TASK_ERROR TASK_INVALID Task has duplicate ID: t1"], offered.Accept(Launch(task)));

        offered.Make(unreachable: new("a1"));
        offered.MeetAnother();

        Assert.Equal(
            ["TASK_ERROR TASK_INVALID Task reuses the ID of an unreachable task: t1"],
            offered.Accept(Launch(Table.Patched<TaskInfo>(RightTask, """{"agent_id":{"value":"a2"}}"""))));
    }

    [Fact]
    public void An_executor_that_runs_already_must_be_named_as_it_is()
    {
        var offered = Offered();
        Assert.Empty(offered.Accept(LaunchGroup(Table.Patched<Operation.Types.LaunchGroup>(
            RightGroup, """{"task_group":{"tasks":{"0":{"task_id":{"value":"t3"}},"1":{"task_id":{"value":"t4"}}}}}"""))));

        var told = offered.Accept(LaunchGroup(Table.Patched<Operation.Types.LaunchGroup>(RightGroup, """{"executor":{"name":"other"}}""")));

        Assert.All(told, text => Assert.StartsWith(
            "TASK_ERROR TASK_GROUP_INVALID ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID.\n"
            + "------------------------------------------------------------\nExisting ExecutorInfo:\n",
            text,
            StringComparison.Ordinal));
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public void All_operations_are_judged_by_their_form_before_any_is_applied()
    {
        var malformed = Table.Patched<TaskInfo>(RightTask, """{"task_id":{"value":"t2"},"resources":{"0":{"scalar":{"value":-1}}}}""");

        var told = Offered().Accept(
            Launch(Table.Patched<TaskInfo>(RightTask, """{"agent_id":{"value":"elsewhere"}}""")),
            Launch(malformed),
            new Operation { Type = Operation.Types.Type.Unknown, Id = new OperationID { Value = "o1" } },
            new Operation { Type = Operation.Types.Type.Reserve, Id = new OperationID { Value = "o2" } });

        Assert.Equal(
            [
                "TASK_ERROR TASK_INVALID Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0",
                "OPERATION_ERROR Operation attempted with invalid resources: A RESERVE offer operation must have the Offer.Operation.reserve field set.",
                "TASK_ERROR TASK_INVALID Task uses invalid agent elsewhere while agent a1 is expected",
            ],
            told);
    }

    [Theory]
    [InlineData("""{"type":"LAUNCH","id":{"value":"o"},"launch":{"task_infos":[TASK]}}""", "TASK_ERROR TASK_INVALID The `id` field cannot be set on LAUNCH operations")]
    [InlineData("""{"type":"LAUNCH_GROUP","id":{"value":"o"},"launch_group":{"executor":{"executor_id":{"value":"e"}},"task_group":{"tasks":[TASK]}}}""",
        "TASK_ERROR TASK_GROUP_INVALID The `id` field cannot be set on LAUNCH_GROUP operations")]
    [InlineData("""{"type":"LAUNCH","launch":{}}""", null)]
    [InlineData("""{"type":"LAUNCH"}""", null)]
    [InlineData("""{"type":"LAUNCH_GROUP"}""", null)]
    public void A_launch_has_no_id(string operation, string? told) =>
        Assert.Equal(
            told is null ? [] : [told],
            Offered().Accept(Table.Patched<Operation>(operation.Replace("TASK", RightTask, StringComparison.Ordinal), "{}")));

    private static OfferedAgent Offered() =>
        new(Given.Framework("web", "PARTITION_AWARE"), Given.Resources("ports:31000-32000;cpus:2;mem:1024;disk:1024"));

    private static Operation Launch(TaskInfo task) =>
        new() { Type = Operation.Types.Type.Launch, Launch = new Operation.Types.Launch { TaskInfos = { task } } };

    private static Operation LaunchGroup(Operation.Types.LaunchGroup group) =>
        new() { Type = Operation.Types.Type.LaunchGroup, LaunchGroup = group };
}
