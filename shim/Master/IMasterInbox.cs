using System.Threading.Channels;

namespace MesosK8sBridge.Shim.Master;

/// <summary>The way into the master: where everything that happens outside is posted.</summary>
public interface IMasterInbox
{
    /// <summary>True once <see cref="MasterInput.RecoveryCompleted"/> has been handled. Of one master, never false again.</summary>
    bool IsRecovered { get; }

    /// <summary>Waits while the inbox is full, so that a busy master slows its callers and not the process.</summary>
    /// <exception cref="ChannelClosedException">The master has stopped and takes nothing more.</exception>
    ValueTask PostAsync(MasterInput input, CancellationToken ct);
}
