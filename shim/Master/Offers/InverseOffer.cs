using MesosK8sBridge.Shim.Master.Agents;
using MesosK8sBridge.Shim.Master.Frameworks;
using MesosK8sBridge.Shim.Master.Timing;

namespace MesosK8sBridge.Shim.Master.Offers;

/// <summary>A framework is asked to give an agent back before its maintenance.</summary>
/// <param name="Timeout">When it is taken for unanswered, if ever.</param>
internal sealed record InverseOffer(OfferId Id, Framework Framework, KnownAgent Agent, Deadline? Timeout);
