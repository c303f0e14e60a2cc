using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Bridge;

/// <summary>
/// The inbox of a master that is made when the endpoint has its port, which the master tells frameworks. Until then it has not
/// recovered, so that nobody gets to post anything.
/// </summary>
internal sealed class LateInbox : IMasterInbox
{
    private readonly TaskCompletionSource<IMasterInbox> _inbox = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsRecovered => _inbox.Task is { IsCompletedSuccessfully: true, Result.IsRecovered: true };

    public void Set(IMasterInbox inbox) => _inbox.SetResult(inbox);

    public async ValueTask PostAsync(MasterInput input, CancellationToken ct) => await (await _inbox.Task.WaitAsync(ct)).PostAsync(input, ct);
}
