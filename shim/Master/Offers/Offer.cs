using MesosK8sBridge.Protocol;
using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Allocation;
using MesosK8sBridge.Shim.Master.Frameworks;

namespace MesosK8sBridge.Shim.Master.Offers;

/// <summary>An outstanding offer: of one agent, to one framework, for one role.</summary>
internal sealed record Offer(OfferId Id, Framework Framework, KnownAgent Agent, string Role, Resources Resources);
