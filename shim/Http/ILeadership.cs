namespace MesosK8sBridge.Shim.Http;

/// <summary>Knows which of several masters leads.</summary>
public interface ILeadership
{
    /// <summary>Null while nobody is known to lead. Read for every request: must be quick.</summary>
    Leader? Current { get; }
}

/// <summary>The master that leads.</summary>
/// <param name="Hostname">As in its <c>MasterInfo</c>: name or address, for other hosts to find.</param>
/// <param name="IsThisMaster">False: calls are sent on to it.</param>
public sealed record Leader(string Hostname, int Port, bool IsThisMaster);
