using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Simulation.Bugs;

/// <summary>
/// A fault put between the real parts on purpose, to see whether the rules find it. One for each life of a bridge.
/// </summary>
internal abstract class PlantedBug
{
    /// <returns>What reaches the master instead.</returns>
    public virtual IEnumerable<MasterInput> Hear(MasterInput input) => [input];

    /// <returns>What is done instead.</returns>
    public virtual IEnumerable<MasterEffect> Do(MasterEffect effect) => [effect];

    public virtual IKubernetes See(IKubernetes kubernetes) => kubernetes;
}
