namespace MesosK8sBridge.Shim.Master;

/// <summary>Someone who performs effects of one direction.</summary>
public interface IEffectPerformer
{
    /// <summary>Takes the effect over and returns at once; never throws, never posts to the loop from inside.</summary>
    void Perform(MasterEffect effect);
}
