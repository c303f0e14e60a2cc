using System.Threading.Channels;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>
/// The way from the endpoint, which lives as long as the process, to the master of the present term. Open only while there is one
/// that has recovered: what came for one master is never given to the next before that one knows what there is.
/// </summary>
internal sealed class TermInbox : IMasterInbox
{
    private volatile IMasterInbox? _master;

    public bool IsRecovered => _master is { IsRecovered: true };

    public void Open(IMasterInbox master) => _master = master;

    public void Close() => _master = null;

    public ValueTask PostAsync(MasterInput input, CancellationToken ct) => _master is { IsRecovered: true } master
        ? master.PostAsync(input, ct)
        : ValueTask.FromException(new ChannelClosedException("There is no master now."));
}
