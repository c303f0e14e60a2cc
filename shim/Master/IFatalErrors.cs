namespace MesosK8sBridge.Shim.Master;

/// <summary>Where a fault goes after which the process must not go on.</summary>
public interface IFatalErrors
{
    /// <summary>Ends the process, or arranges for its end. Nothing is to be caught, retried or waited for.</summary>
    /// <param name="what">What was being done, for the log.</param>
    void End(string what, Exception fault);
}
