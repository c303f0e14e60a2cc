using System.CommandLine;
using System.Net;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Cli;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master;
using ValueType = MesosK8sBridge.Protocol.V1.Value.Types.Type;

namespace MesosK8sBridge.Operator.Tests.Cli;

public sealed class BridgeSettingsTests
{
    [Fact]
    public void Without_options_a_bridge_has_its_own_defaults()
    {
        var options = Read("");
        var plain = new BridgeOptions();

        Assert.Equal(IPEndPoint.Parse("0.0.0.0:5050"), options.Listener.Endpoint);
        Assert.Equal(plain.Listener.MaxBodyBytes, options.Listener.MaxBodyBytes);
        Assert.Equal(plain.Listener.MaxConnections, options.Listener.MaxConnections);
        Assert.Equal(plain.Listener.MaxCalls, options.Listener.MaxCalls);
        Assert.Null(options.Listener.Tls);
        Assert.Equal(plain.Master, options.Master);
        Assert.Equal(plain.Nodes, options.Nodes);
        Assert.Equal(plain.Retention, options.Retention);
        Assert.Equal(plain with { Listener = options.Listener, Nodes = options.Nodes, Master = options.Master }, options);
    }

    [Fact]
    public void Every_option_reaches_the_bridge()
    {
        var options = Read(
            "--listen 127.0.0.1:0 --advertise-ip 10.1.2.3 --hostname bridge.example --namespace mesos --admission open --default-image debian:12 "
            + "--ports 20000-20010,21000 --attribute rack,a/*=*:scalar --attribute * --extended-resource fpgas=x.org/f --binding scheduler --binding-timeout 1m --region-label r/l --zone-label z/l --domain eu/1 --headroom cpus:0.5;mem:512;disk:1024 --node-grace 2m --fault-domains --kubelet-timeout 1m --image-timeout 2m --start-timeout 3m --end-timeout 4m --forced-end-timeout 5m "
            + "--pod-retention 1h --retained-pods 7 --authenticate-frameworks "
            + "--allocation-interval 500ms --offer-timeout 30s --fetcher-image bridge:1 --reregistration-timeout 1m --max-completed-frameworks 3 --toleration a=b:NoSchedule,c --toleration d:NoExecute "
            + "--offer-deletion-candidates --mesos-agents=false --mesos-agent-writes 8 --max-losses 7 --max-loss-share 0.5 --loss-interval 1m --max-body 1 "
            + "--max-connections 9 --max-calls 3 --tls-cert /c --tls-key /k --parallelism 5");

        Assert.Equal(IPEndPoint.Parse("127.0.0.1:0"), options.Listener.Endpoint);
        Assert.Equal(1 << 20, options.Listener.MaxBodyBytes);
        Assert.Equal(9, options.Listener.MaxConnections);
        Assert.Equal(3, options.Listener.MaxCalls);
        Assert.Equal(("/c", "/k"), (options.Listener.Tls!.CertificateFile, options.Listener.Tls.KeyFile));
        Assert.Equal(IPAddress.Parse("10.1.2.3"), options.AdvertisedIp);
        Assert.Equal("bridge.example", options.AdvertisedHostname);
        Assert.Equal("mesos", options.Namespace);
        Assert.Equal("debian:12", options.DefaultImage);
        Assert.Equal("bridge:1", options.Fetcher!.Image);
        Assert.True(options.Credentials.AuthenticateFrameworks);
        Assert.Equal(5, options.Parallelism);
        Assert.Equal("[20000-20010, 21000-21000]", options.Nodes.Ports.ToString());
        Assert.Equal([new AttributeRule("rack"), new AttributeRule("a/*", "*", ValueType.Scalar), new AttributeRule("*")], options.Nodes.Attributes);
        Assert.Equal("x.org/f", options.Nodes.Extended.DeviceOf("fpgas"));
        Assert.Equal(Binding.Scheduler, options.Binding);
        Assert.Equal(("r/l", "z/l"), (options.Nodes.RegionLabel, options.Nodes.ZoneLabel));
        Assert.Equal("""{"fault_domain":{"region":{"name":"eu"},"zone":{"name":"1"}}}""", MesosJson.ToText(options.Domain!));
        Assert.Equal((500, 512, 1024), (options.Nodes.HeadroomMilliCpus, options.Nodes.HeadroomMem, options.Nodes.HeadroomDisk));
        Assert.Equal(TimeSpan.FromMinutes(2), options.Nodes.UnreachableAfter);
        Assert.True(options.Nodes.FaultDomains);
        Assert.True(options.Nodes.OfferDeletionCandidates);
        Assert.Equal(["a Equal b NoSchedule", "c Exists  ", "d Exists  NoExecute"], options.Nodes.Tolerations.Select(t => $"{t.Key} {t.OperatorProperty} {t.Value} {t.Effect}"));
        Assert.Equal((false, 8), (options.Agents.Create, options.Agents.WritesPerSecond));
        Assert.Equal(
            new PodPatience
            {
                Binding = TimeSpan.FromMinutes(1),
                Kubelet = TimeSpan.FromMinutes(1),
                Image = TimeSpan.FromMinutes(2),
                Start = TimeSpan.FromMinutes(3),
                End = TimeSpan.FromMinutes(4),
                ForcedDeletion = TimeSpan.FromMinutes(5),
            },
            options.Patience);
        Assert.Equal((TimeSpan.FromHours(1), 7), (options.Retention.Time, options.Retention.Most));
        Assert.Equal(
            new MasterOptions
            {
                Admission = Admission.Open,
                AllocationInterval = TimeSpan.FromMilliseconds(500),
                OfferTimeout = TimeSpan.FromSeconds(30),
                ReregistrationTimeout = TimeSpan.FromMinutes(1),
                MaxCompletedFrameworks = 3,
                MaxLosses = 7,
                MaxLossShare = 0.5,
                LossInterval = TimeSpan.FromMinutes(1),
            },
            options.Master);
    }

    [Fact]
    public void The_namespace_is_the_one_given_else_that_of_the_context_else_default()
    {
        Assert.Equal("given", Read("--namespace given", "context").Namespace);
        Assert.Equal("context", Read("", "context").Namespace);
        Assert.Equal("default", Read("").Namespace);
    }

    [Theory]
    [InlineData(":NoSchedule")]
    [InlineData("a:Sometimes")]
    [InlineData("a,,b")]
    public void A_toleration_that_nobody_could_mean_is_refused(string text) =>
        Assert.Contains("is not KEY[=VALUE][:EFFECT]", TolerationText.Read([text]).Error);

    private static BridgeOptions Read(string line, string? @namespace = null)
    {
        var settings = new BridgeSettings("0.0.0.0:5050", Admission.Declared, defaultImage: null);
        var command = new RootCommand();
        foreach (var option in settings.All)
        {
            command.Options.Add(option);
        }

        var result = command.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(result.Errors);
        return settings.Read(result, @namespace);
    }
}
