using Microsoft.Extensions.Logging;

namespace MesosK8sBridge.Shim.Master;

/// <summary>Logs the fault and ends the process at once, without unwinding: what it holds in memory can no longer be trusted.</summary>
public sealed class ProcessEnd(ILogger<ProcessEnd> logger) : IFatalErrors
{
    public void End(string what, Exception fault)
    {
        logger.Fatal(what, fault);
        Environment.FailFast($"{what}: {fault.Message}", fault);
    }
}
