namespace MesosK8sBridge.EndToEnd.Tests.Kubelet;

/// <summary>Tests that disturb the node or the bridge for all others.</summary>
[CollectionDefinition(nameof(NodeAlone), DisableParallelization = true)]
public sealed class NodeAlone;
