using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Agents;
using MesosK8sBridge.Operator.Bridge;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Operator.Nodes;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>The options of a bridge, whatever cluster it is in front of.</summary>
internal sealed class BridgeSettings(string listen, Admission admission, string? defaultImage)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly Setting<HostPort?> _listen = new(
        "--listen", "IP:PORT", "Where frameworks connect; port 0: any that is free.", Readers.ListenAddress, Readers.ListenAddress(listen).Value, listen);

    private readonly Setting<IPAddress?> _advertiseIp = new(
        "--advertise-ip", "IPv4", "Address at which frameworks find the bridge, if it is not the one of --listen.", Readers.IPv4, null, null);

    private readonly Setting<string?> _hostname = new(
        "--hostname", "NAME", "Name at which frameworks find the bridge; none: its advertised address.", Readers.NonEmpty, null, null);

    private readonly Setting<string?> _namespace = new(
        "--namespace", "NAME", "Namespace of frameworks admitted without a MesosFramework, and of their Pods; none: that of the context.", Readers.Label, null, null);

    private readonly Setting<Admission> _admission = new(
        "--admission",
        "Declared|Open",
        "Declared: only frameworks that a MesosFramework names may register. Open: any other may, too, and gets a MesosFramework.",
        Readers.Word<Admission>(),
        admission,
        admission.ToString());

    private readonly Setting<bool> _authenticate = Setting<bool>.Flag(
        "--authenticate-frameworks",
        "Let in only frameworks that authenticate (HTTP Basic). Without it only those must whose MesosFramework names a Secret.");

    private readonly Setting<string?> _defaultImage = new(
        "--default-image",
        "IMAGE",
        "Image of tasks that name none, where their MesosFramework names none either; none: such tasks are refused.",
        Readers.NonEmpty,
        defaultImage,
        defaultImage);

    private readonly Setting<string?> _fetcherImage = new(
        "--fetcher-image",
        "IMAGE",
        "This program's own image, which fetches URIs in the Pods of tasks; none: tasks with URIs are refused.",
        Readers.NonEmpty,
        fallback: null,
        defaultText: null);

    private readonly Setting<RangeSet> _ports = new(
        "--ports",
        "FIRST-LAST[,…]",
        "Ports of each node that are offered as 'ports', unless its MesosAgent or annotation says otherwise.",
        Readers.Ports,
        new NodeSettings().Ports,
        "31000-32000");

    private readonly Setting<ImmutableArray<AttributeRule>> _attributes = Setting<ImmutableArray<AttributeRule>>.Repeated(
        "--attribute",
        "[!]LABEL[=NAME][:TYPE]",
        "Label of nodes, or the beginning of labels and a '*', that becomes an attribute of agents: NAME, in which a '*' stands for the rest; "
            + "TYPE text, scalar, ranges (1-5_7) or set (a_b); with '!' it becomes none. The first rule that fits counts; '*' alone is what holds without any rule. "
            + "May be given several times, or several with commas.",
        AttributeRuleText.Read,
        AttributeRule.Defaults);

    private readonly Setting<ExtendedResources> _extended = Setting<ExtendedResources>.Repeated(
        "--extended-resource",
        "NAME=RESOURCE",
        "Extended resource of nodes that is offered as the scalar NAME, e.g. fpgas=example.com/fpga; gpus are nvidia.com/gpu unless said otherwise. "
            + "May be given several times, or several with commas.",
        ExtendedResourceText.Read,
        ExtendedResources.Default);

    private readonly Setting<Binding> _binding = new(
        "--binding",
        "Direct|Scheduler",
        "Direct: Pods are bound to the node that was offered. Scheduler: Kubernetes' scheduler binds them to that node, and may preempt others for them. "
            + "Of frameworks whose MesosFramework does not say.",
        Readers.Word<Binding>(),
        Binding.Direct,
        "Direct");

    private readonly Setting<TimeSpan> _bindingTimeout = Setting<TimeSpan>.Duration(
        "--binding-timeout",
        "How long the scheduler may take to bind a Pod before its tasks count as dropped; 1s to 1d.",
        Second,
        Day,
        new PodPatience().Binding);

    private readonly Setting<Resources> _headroom = new(
        "--headroom", "TEXT", "What is kept free on each node: cpus (cores), mem and disk (MiB), e.g. \"cpus:0.5;mem:512\".", Readers.Headroom, Resources.Empty, null);

    private readonly Setting<TimeSpan> _nodeGrace = Setting<TimeSpan>.Duration(
        "--node-grace", "How long a node may be silent before its tasks count as unreachable; 1s to 1d.", Second, Day, TimeSpan.FromSeconds(75));

    private readonly Setting<ImmutableArray<V1Toleration>> _tolerations = Setting<ImmutableArray<V1Toleration>>.Repeated(
        "--toleration",
        "KEY[=VALUE][:EFFECT]",
        "Taint that does not keep nodes from being offered, and that every task's Pod tolerates; may be given several times, or several with commas.",
        TolerationText.Read,
        []);

    private readonly Setting<bool> _deletionCandidates = Setting<bool>.Flag(
        "--offer-deletion-candidates",
        "Offer also nodes that the cluster autoscaler thinks of giving back; by default they are left to become empty.");

    private readonly Setting<bool> _mesosAgents = Setting<bool>.Flag(
        "--mesos-agents", "Make a MesosAgent for each node. Those that are there hold in any case.", fallback: true);

    private readonly Setting<int> _agentWrites = Setting<int>.Whole(
        "--mesos-agent-writes", "N", "Writes to MesosAgents a second, on the average, 1 to 1000.", 1, 1000, 50);

    private readonly Setting<bool> _faultDomains = Setting<bool>.Flag(
        "--fault-domains", "Tell frameworks the region and zone of nodes that have labels for both.");

    private readonly Setting<string> _regionLabel = new(
        "--region-label", "LABEL", "Label that names a node's region.", Readers.LabelKey, new NodeSettings().RegionLabel, new NodeSettings().RegionLabel);

    private readonly Setting<string> _zoneLabel = new(
        "--zone-label", "LABEL", "Label that names a node's zone.", Readers.LabelKey, new NodeSettings().ZoneLabel, new NodeSettings().ZoneLabel);

    private readonly Setting<DomainInfo?> _domain = new(
        "--domain",
        "REGION/ZONE",
        "Where the bridge itself is: nodes of other regions are offered only to frameworks that are aware of regions; none: to all.",
        Readers.Domain,
        null,
        null);

    private readonly Setting<TimeSpan> _kubeletTimeout = Setting<TimeSpan>.Duration(
        "--kubelet-timeout",
        "How long a task's Pod may wait for the kubelet of its node, if that is well, to take it before the task fails; 1s to 30d.",
        Second,
        30 * Day,
        TimeSpan.FromMinutes(5));

    private readonly Setting<TimeSpan> _imageTimeout = Setting<TimeSpan>.Duration(
        "--image-timeout",
        "How long an image that cannot be pulled, or a container that cannot be created, is tried again before the task fails; 0s to 30d.",
        TimeSpan.Zero,
        30 * Day,
        TimeSpan.FromSeconds(30));

    private readonly Setting<TimeSpan> _startTimeout = Setting<TimeSpan>.Duration(
        "--start-timeout",
        "How long a container may take to start for any other reason, a long pull included, fetching not, before the task fails; 1s to 30d.",
        Second,
        30 * Day,
        TimeSpan.FromMinutes(20));

    private readonly Setting<TimeSpan> _endTimeout = Setting<TimeSpan>.Duration(
        "--end-timeout",
        "How long after its grace period a Pod may take to end, on a node that is well, before its tasks count as lost; 1s to 30d.",
        Second,
        30 * Day,
        TimeSpan.FromMinutes(15));

    private readonly Setting<TimeSpan> _forcedEndTimeout = Setting<TimeSpan>.Duration(
        "--forced-end-timeout",
        "How long the kubelet may take to tell the end of a Pod that somebody deleted by force, before its tasks count as lost, or whose time was over; 1s to 30d.",
        Second,
        30 * Day,
        TimeSpan.FromSeconds(60));

    private readonly Setting<TimeSpan> _podRetention = Setting<TimeSpan>.Duration(
        "--pod-retention",
        "How long the Pod of an ended, acknowledged task is kept for its logs, unless its MesosFramework says; 0s to 30d.",
        TimeSpan.Zero,
        30 * Day,
        TimeSpan.FromMinutes(15));

    private readonly Setting<int> _retainedPods = Setting<int>.Whole(
        "--retained-pods", "N", "How many such Pods are kept for each framework, unless it says; 0 to 100000.", 0, 100_000, 100);

    private readonly Setting<TimeSpan> _allocationInterval = Setting<TimeSpan>.Duration(
        "--allocation-interval",
        "Time between two rounds of offers, and the shortest filter; 10ms to 1h.",
        TimeSpan.FromMilliseconds(10),
        TimeSpan.FromHours(1),
        Second);

    private readonly Setting<TimeSpan?> _offerTimeout = new(
        "--offer-timeout",
        "DURATION",
        "How long an offer may stay unanswered before it is taken back, 1s to 1d; none: for ever.",
        Readers.OptionalDuration(Second, Day),
        null,
        null);

    private readonly Setting<TimeSpan> _reregistrationTimeout = Setting<TimeSpan>.Duration(
        "--reregistration-timeout",
        "How long after a restart frameworks and nodes that were there before have to come back; 1s to 1d.",
        Second,
        Day,
        TimeSpan.FromMinutes(10));

    private readonly Setting<int> _completedFrameworks = Setting<int>.Whole(
        "--max-completed-frameworks", "N", "How many ended frameworks are remembered, so that their ids are refused; 0 to 100000.", 0, 100_000, 50);

    private readonly Setting<int> _maxLosses = Setting<int>.Whole(
        "--max-losses",
        "N",
        "How many tasks of one framework may be declared lost within --loss-interval before somebody confirms it; 0 to 1000000.",
        0,
        1_000_000,
        100);

    private readonly Setting<double> _maxLossShare = new(
        "--max-loss-share", "SHARE", "The same as a share of the framework's tasks, 0 to 1; the larger of the two counts.", Readers.Number(0, 1), 0.2, "0.2");

    private readonly Setting<TimeSpan> _lossInterval = Setting<TimeSpan>.Duration(
        "--loss-interval", "Time over which declared losses are counted; 1s to 1d.", Second, Day, TimeSpan.FromMinutes(10));

    private readonly Setting<int> _maxBody = Setting<int>.Whole(
        "--max-body", "MIB", "Largest body of a request, in MiB, 1 to 1024; beyond it 413.", 1, 1024, 32);

    private readonly Setting<int> _maxConnections = Setting<int>.Whole(
        "--max-connections", "N", "Open connections, 2 to 1000000; more are closed at once.", 2, 1_000_000, 16_384);

    private readonly Setting<int> _maxCalls = Setting<int>.Whole(
        "--max-calls", "N", "Calls of one framework that are answered at the same time, 1 to 10000; further ones wait in line.", 1, 10_000, 64);

    private readonly Setting<string?> _tlsCert = new(
        "--tls-cert",
        "FILE",
        "Certificate of the Mesos endpoint and those between it and the root, as PEM, with --tls-key; looked at again when it changes; none: plain HTTP.",
        Readers.NonEmpty,
        null,
        null);

    private readonly Setting<string?> _tlsKey = new(
        "--tls-key", "FILE", "Private key of --tls-cert, as PEM, not encrypted.", Readers.NonEmpty, null, null);

    private readonly Setting<int> _parallelism = Setting<int>.Whole(
        "--parallelism", "N", "Calls to the API server at the same time, 1 to 1024.", 1, 1024, 64);

    public IEnumerable<Option> All =>
    [
        _listen, _advertiseIp, _hostname, _namespace, _admission, _authenticate, _defaultImage, _fetcherImage, _ports, _headroom, _attributes, _extended, _binding, _bindingTimeout, _nodeGrace,
        _tolerations, _deletionCandidates, _mesosAgents, _agentWrites, _faultDomains, _regionLabel, _zoneLabel, _domain, _kubeletTimeout, _imageTimeout,
        _startTimeout, _endTimeout, _forcedEndTimeout, _podRetention, _retainedPods, _allocationInterval, _offerTimeout,
        _reregistrationTimeout, _completedFrameworks, _maxLosses, _maxLossShare, _lossInterval, _maxBody, _maxConnections, _maxCalls,
        _tlsCert, _tlsKey, _parallelism,
    ];

    /// <summary>What is wrong with options that are each well written.</summary>
    public IEnumerable<string> Problems(ParseResult result)
    {
        if (_tlsCert.In(result) is null != _tlsKey.In(result) is null)
        {
            yield return $"{_tlsCert.Name} and {_tlsKey.Name} need each other";
        }
    }

    /// <param name="namespace">Where <c>--namespace</c> is not given; null: <c>default</c>.</param>
    public BridgeOptions Read(ParseResult result, string? @namespace = null)
    {
        var headroom = _headroom.In(result);
        return new BridgeOptions
        {
            Listener = new ListenerOptions
            {
                Endpoint = new IPEndPoint(_listen.In(result)!.Address!, _listen.In(result)!.Port),
                MaxBodyBytes = (long)_maxBody.In(result) << 20,
                MaxConnections = _maxConnections.In(result),
                MaxCalls = _maxCalls.In(result),
                Tls = Tls(result),
            },
            Master = new MasterOptions
            {
                Admission = _admission.In(result),
                AllocationInterval = _allocationInterval.In(result),
                OfferTimeout = _offerTimeout.In(result),
                ReregistrationTimeout = _reregistrationTimeout.In(result),
                MaxCompletedFrameworks = _completedFrameworks.In(result),
                MaxLosses = _maxLosses.In(result),
                MaxLossShare = _maxLossShare.In(result),
                LossInterval = _lossInterval.In(result),
            },
            Nodes = new NodeSettings
            {
                Ports = _ports.In(result),
                Attributes = _attributes.In(result),
                Extended = _extended.In(result),
                HeadroomMilliCpus = headroom.ScalarOf("cpus"),
                HeadroomMem = headroom.ScalarOf("mem") / 1000,
                HeadroomDisk = headroom.ScalarOf("disk") / 1000,
                Tolerations = _tolerations.In(result),
                OfferDeletionCandidates = _deletionCandidates.In(result),
                FaultDomains = _faultDomains.In(result),
                RegionLabel = _regionLabel.In(result),
                ZoneLabel = _zoneLabel.In(result),
                UnreachableAfter = _nodeGrace.In(result),
            },
            Credentials = new CredentialSettings { AuthenticateFrameworks = _authenticate.In(result) },
            Agents = new AgentSettings { Create = _mesosAgents.In(result), WritesPerSecond = _agentWrites.In(result) },
            Patience = new PodPatience
            {
                Binding = _bindingTimeout.In(result),
                Kubelet = _kubeletTimeout.In(result),
                Image = _imageTimeout.In(result),
                Start = _startTimeout.In(result),
                End = _endTimeout.In(result),
                ForcedDeletion = _forcedEndTimeout.In(result),
            },
            Retention = new RetentionSettings { Time = _podRetention.In(result), Most = _retainedPods.In(result) },
            AdvertisedIp = _advertiseIp.In(result),
            AdvertisedHostname = _hostname.In(result),
            Namespace = _namespace.In(result) ?? @namespace ?? "default",
            DefaultImage = _defaultImage.In(result),
            Fetcher = _fetcherImage.In(result) is { } image ? FetcherSettings.OfImage(image) : null,
            Binding = _binding.In(result),
            Domain = _domain.In(result),
            Parallelism = _parallelism.In(result),
        };
    }

    private TlsOptions? Tls(ParseResult result) =>
        _tlsCert.In(result) is { } certificate && _tlsKey.In(result) is { } key
            ? new TlsOptions { CertificateFile = certificate, KeyFile = key }
            : null;
}
