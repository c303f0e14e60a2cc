using MesosK8sBridge.Kubernetes.Events;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;
using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>What lives as long as the process, and is lent to each term.</summary>
internal sealed record BridgeParts(
    BridgeOptions Options,
    MesosEndpoint Endpoint,
    ClusterCaches Caches,
    CredentialWatch Credentials,
    EventRecorder Events,
    IFatalErrors Fatal,
    TimeProvider Clock,
    Func<Random> Random,
    ILogger Log);
