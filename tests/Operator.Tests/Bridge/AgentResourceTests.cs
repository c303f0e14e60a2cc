using System.Text.Json.Nodes;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Roles;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Protocol.V1.Scheduler;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Tests.Bridge;

public sealed class EmbeddedAgentResourceTests(EmbeddedTestCluster cluster) : AgentResourceTests(cluster), IClassFixture<EmbeddedTestCluster>;

[Collection(nameof(RealTestCluster))]
public sealed class RealAgentResourceTests(RealTestCluster cluster) : AgentResourceTests(cluster);

/// <summary>MesosAgents and MesosRoles, as administrators and the API server see them.</summary>
public abstract class AgentResourceTests(TestCluster cluster) : BridgeTest(cluster)
{
    [Fact]
    public async Task Each_node_gets_a_resource_that_goes_with_it_and_tells_what_is_done_with_it()
    {
        await using var scheduler = await SubscribeAsync();
        await LaunchAndRunAsync(scheduler, "one");

        await UntilAsync(async () => (await AgentAsync())?.Status is { State: "Registered", Summary.Used: "cpus:0.5;mem:64", Summary.Offered: not null });
        var agent = (await AgentAsync())!;
        var node = await Kubernetes.GetAsync<V1Node>(Kubelet.Name, cancellationToken: Deadline);

        Assert.Equal((node.Uid(), $"{node.Uid()}-S0"), (agent.Metadata.OwnerReferences![0].Uid, agent.Status!.AgentId));
        Assert.Equal((1, "cpus:4;mem:8192;disk:102400"), (agent.Status.Tasks, agent.Status.Summary!.Total));
        Assert.Equal("cpus:3.5;mem:8128;disk:102400", agent.Status.Summary.Offered);
        Assert.Equal(agent.Metadata.Generation, agent.Status.ObservedGeneration);
        Assert.Equal(["Accepted True Accepted", "Schedulable True Schedulable"], agent.Status.Conditions!.Select(c => $"{c.Type} {c.Status} {c.Reason}"));
    }

    [Fact]
    public async Task What_is_said_of_an_agent_holds_at_once()
    {
        await using var scheduler = await SubscribeAsync();
        await UntilAsync(async () => await AgentAsync() is not null);
        await scheduler.OfferAsync();

        await SayAsync("""
            {"headroom":{"cpus":1,"mem":192},"attributes":{"set":[{"name":"rack","text":"r9"},{"name":"level","scalar":2}],"remove":["kubernetes.io/hostname"]},
             "maintenance":{"start":"2030-05-01T20:00:00Z","duration":"2h"}}
            """);
        var offer = await scheduler.OfferAsync();
        await UntilAsync(async () => (await AgentAsync())!.Status is { State: "Draining", Maintenance: { Start: "2030-05-01T20:00:00Z", Duration: "2h" } });

        Assert.Equal([3, 8000], offer.Resources.Where(r => r.Name is "cpus" or "mem").Select(r => r.Scalar.Value));
        Assert.Equal(["level 2", "rack r9"], offer.Attributes.Where(a => a.Name is "rack" or "level").Select(a => $"{a.Name} {a.Text?.Value ?? $"{a.Scalar.Value}"}"));
        Assert.Equal(1_903_896_000_000_000_000, offer.Unavailability.Start.Nanoseconds);

        await SayAsync("""{"exclude":true}""");
        var rescinded = await scheduler.NextAsync(e => e.Type == Event.Types.Type.Rescind);
        await UntilAsync(async () => (await AgentAsync())!.Status is { State: "Excluded" });
        Assert.Equal(offer.Id, rescinded.Rescind.OfferId);
        Assert.Equal("Excluded", (await AgentAsync())!.Status!.Conditions!.Single(c => c.Type == "Schedulable").Reason);

        await SayAsync("{}");
        Assert.Equal(4, (await scheduler.OfferAsync()).Resources.Single(r => r.Name == "cpus").Scalar.Value);
    }

    [Fact]
    public async Task Where_none_are_wanted_none_are_made_and_those_there_are_hold()
    {
        await Kubernetes.CreateAsync(
            new V1Alpha1MesosAgent
            {
                Metadata = new V1ObjectMeta { Name = Kubelet.Name },
                Spec = new V1Alpha1MesosAgentSpec { Headroom = new V1Alpha1Headroom { Cpus = 3 } },
            },
            Deadline);
        var other = new FakeKubelet(Kubernetes, $"{Name}-other", Deadline);
        await using var ending = other;
        await other.RegisterAsync();
        var bridge = await StartAsync(change: options => options with { Agents = new AgentSettings { Create = false } });
        await DeclareAsync();
        await using var scheduler = await SubscribeAsync(bridge, Framework);

        await UntilAsync(async () => (await AgentAsync())?.Status is { State: "Registered", Summary.Total: "cpus:1;mem:8192;disk:102400" });

        Assert.DoesNotContain((await Kubernetes.ListAsync<V1Alpha1MesosAgent>(cancellationToken: Deadline)).Items, agent => agent.Name() == other.Name);
        await Kubernetes.DeleteAsync<V1Alpha1MesosAgent>(Kubelet.Name, cancellationToken: Deadline);
    }

    [Fact]
    public async Task A_role_tells_whether_it_is_accepted_and_the_older_of_two_counts()
    {
        var bridge = await StartAsync();
        await bridge.Recovered.WaitAsync(Deadline);
        await CreateRoleAsync($"{Name}-a", $$"""{"role":"{{Name}}","weight":2,"quota":{"guarantees":{"cpus":1,"mem":512},"limits":{"cpus":2} } }""");
        await UntilAsync(async () => (await RoleAsync($"{Name}-a"))?.Status is { Weight: 2 });
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Deadline); // Creation times are whole seconds.
        await CreateRoleAsync($"{Name}-b", $$"""{"role":"{{Name}}","weight":3}""");
        await UntilAsync(async () => (await RoleAsync($"{Name}-b"))?.Status?.Conditions is [{ Type: "Accepted", Status: "False", Reason: "Duplicate" }]);
        var first = (await RoleAsync($"{Name}-a"))!.Status!;

        Assert.Equal((Name, "cpus:1;mem:512", "cpus:2"), (first.Role, first.Summary!.Guaranteed, first.Summary.Limit));
        Assert.Equal("True", Assert.Single(first.Conditions!).Status);

        await Kubernetes.DeleteAsync<V1Alpha1MesosRole>($"{Name}-a", cancellationToken: Deadline);
        await UntilAsync(async () => (await RoleAsync($"{Name}-b"))?.Status is { Weight: 3 });
        await Kubernetes.DeleteAsync<V1Alpha1MesosRole>($"{Name}-b", cancellationToken: Deadline);
    }

    [Fact]
    public async Task A_role_tells_how_many_frameworks_have_it_and_what_they_have()
    {
        var bridge = await StartAsync();
        await DeclareAsync();
        await CreateRoleAsync(Name, "{}");
        await CreateRoleAsync($"{Name}-below", $$"""{"role":"{{Name}}/below"}""");
        var framework = Framework;
        framework.Roles.Add($"{Name}/below");
        framework.Capabilities.Add(new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.MultiRole });
        await using var scheduler = await SubscribeAsync(bridge, framework);
        await LaunchAndRunAsync(scheduler, "one");
        await CordonAsync();

        await UntilAsync(async () => (await RoleAsync(Name))?.Status is { Frameworks: 0, Summary.Allocated: "cpus:0.5;mem:64" });
        await UntilAsync(async () => (await RoleAsync($"{Name}-below"))?.Status is { Frameworks: 1, Summary.Allocated: "cpus:0.5;mem:64" });
        await Kubernetes.DeleteAsync<V1Alpha1MesosRole>(Name, cancellationToken: Deadline);
        await Kubernetes.DeleteAsync<V1Alpha1MesosRole>($"{Name}-below", cancellationToken: Deadline);
    }

    [Theory]
    [InlineData("""{"weight":0}""", "spec.weight")]
    [InlineData("""{"role":"a//b"}""", "spec.role")]
    [InlineData("""{"role":"a b"}""", "spec.role")]
    [InlineData("""{"quota":{"guarantees":{"cpus":-1}}}""", "spec.quota.guarantees.cpus")]
    public async Task The_definition_refuses_roles_that_could_not_be(string spec, string field)
    {
        var refusal = await Assert.ThrowsAsync<KubernetesException>(() => CreateRoleAsync($"{Name}-x", spec));

        Assert.True(refusal.IsInvalid);
        Assert.Contains(field, refusal.Message);
    }

    private Task CordonAsync() => Kubernetes.PatchAsync<V1Node>(
        V1Patch.Merge(new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = true } }), Kubelet.Name, cancellationToken: Deadline);

    private Task<V1Alpha1MesosAgent?> AgentAsync() => FindGlobalAsync<V1Alpha1MesosAgent>(Kubelet.Name);

    private Task<V1Alpha1MesosRole?> RoleAsync(string name) => FindGlobalAsync<V1Alpha1MesosRole>(name);

    /// <summary>Server-side apply takes what the types could not hold.</summary>
    private Task CreateRoleAsync(string name, string spec) => Kubernetes.PatchAsync<V1Alpha1MesosRole>(
        V1Patch.Apply(
            new JsonObject
            {
                ["apiVersion"] = "mesosbridge.io/v1alpha1",
                ["kind"] = "MesosRole",
                ["metadata"] = new JsonObject { ["name"] = name },
                ["spec"] = JsonNode.Parse(spec),
            },
            "test"),
        name,
        cancellationToken: Deadline);

    private Task SayAsync(string spec) => Kubernetes.PatchAsync<V1Alpha1MesosAgent>(
        V1Patch.Json([new JsonObject { ["op"] = "add", ["path"] = "/spec", ["value"] = JsonNode.Parse(spec) }]), Kubelet.Name, cancellationToken: Deadline);

    private async Task<T?> FindGlobalAsync<T>(string name)
        where T : class, IKubernetesObject
    {
        try
        {
            return await Kubernetes.GetAsync<T>(name, cancellationToken: Deadline);
        }
        catch (KubernetesException missing) when (missing.IsNotFound)
        {
            return null;
        }
    }
}
