using System.Threading.Channels;
using MesosK8sBridge.Shim.Http;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>Stands where the master's loop stands: takes inputs, hands back what the test says comes of them.</summary>
internal sealed class ScriptedMaster : IMasterInbox
{
    private readonly Channel<MasterInput> _inputs = Channel.CreateUnbounded<MasterInput>();
    private bool _stopped;

    public bool IsRecovered { get; set; } = true;

    public MesosEndpoint? Endpoint { get; set; }

    /// <summary>Effects of an input, performed within the post. By default calls are accepted, and subscriptions only noted.</summary>
    public Func<MasterInput, IEnumerable<MasterEffect>> Script { get; set; } = input =>
        input is MasterInput.SchedulerCall call ? [new MasterEffect.Answer(call.Request, SchedulerAnswer.Accepted)] : [];

    public ValueTask PostAsync(MasterInput input, CancellationToken ct)
    {
        if (_stopped)
        {
            throw new ChannelClosedException();
        }

        foreach (var effect in Script(input))
        {
            Endpoint!.Perform(effect);
        }

        _inputs.Writer.TryWrite(input);
        return ValueTask.CompletedTask;
    }

    public void Stop() => _stopped = true;

    /// <summary>The next input of this kind; others before it are dropped.</summary>
    public async Task<T> NextAsync<T>()
        where T : MasterInput
    {
        while (true)
        {
            if (await _inputs.Reader.ReadAsync(TestContext.Current.CancellationToken).Soon() is T wanted)
            {
                return wanted;
            }
        }
    }

    public bool HasMore => _inputs.Reader.Count > 0;
}
