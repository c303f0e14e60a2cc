using System.Diagnostics;
using System.Threading.Channels;
using MesosK8sBridge.Shim.Master.Snapshots;

namespace MesosK8sBridge.Shim.Master;

/// <summary>
/// Owns the master: the only one who ever calls it. Takes inputs one by one, and hands the effects of each, in order,
/// to the front end or to the cluster side before it takes the next.
/// </summary>
/// <remarks>
/// Made first, so that both sides can be given it as their <see cref="IMasterInbox"/>; told of them when it is run.
/// Inputs posted before wait.
/// </remarks>
public sealed class MasterLoop : IMasterInbox
{
    /// <summary>Inputs that may wait. Enough for a burst of every framework at once; beyond it callers wait.</summary>
    public const int InboxCapacity = 16_384;

    private readonly Channel<Letter> _inbox = Channel.CreateBounded<Letter>(
        new BoundedChannelOptions(InboxCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly MesosMaster _master;
    private readonly IFatalErrors _fatalErrors;
    private readonly TimeProvider _clock;
    private readonly MasterMetrics _metrics;
    private Letter _inHand;
    private DateTimeOffset _now;
    private volatile bool _recovered;

    public MasterLoop(MesosMaster master, IFatalErrors fatalErrors, TimeProvider clock, MasterMetrics metrics)
    {
        _master = master;
        _fatalErrors = fatalErrors;
        _clock = clock;
        _metrics = metrics;
        metrics.WatchInbox(() => _inbox.Reader.Count);
    }

    public bool IsRecovered => _recovered;

    public ValueTask PostAsync(MasterInput input, CancellationToken ct) =>
        _inbox.Writer.WriteAsync(new Letter(input, Handled: null), ct);

    /// <summary>Posts, and waits until the input has been handled and all its effects have been handed out.</summary>
    /// <exception cref="ChannelClosedException">The loop has stopped and takes nothing more.</exception>
    /// <exception cref="OperationCanceledException">The loop stopped before it came to this input.</exception>
    public async Task PostAndWaitAsync(MasterInput input, CancellationToken ct)
    {
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _inbox.Writer.WriteAsync(new Letter(input, handled), ct);
        await handled.Task.WaitAsync(ct);
    }

    /// <summary>What the master believes once it has handled all that was posted before.</summary>
    /// <exception cref="ChannelClosedException">The loop has stopped and takes nothing more.</exception>
    /// <exception cref="OperationCanceledException">The loop stopped before it came to this.</exception>
    public async Task<MasterSnapshot> SnapshotAsync(CancellationToken ct)
    {
        var taken = new TaskCompletionSource<MasterSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _inbox.Writer.WriteAsync(new Letter(Input: null, Handled: null, taken), ct);
        return await taken.Task.WaitAsync(ct);
    }

    /// <summary>Runs until <paramref name="stopping"/>; what is then still in the inbox is dropped. To be called once.</summary>
    /// <param name="frameworks">Answers calls, sends events, closes streams.</param>
    /// <param name="cluster">Launches, kills and releases tasks, records registrations.</param>
    public async Task RunAsync(IEffectPerformer frameworks, IEffectPerformer cluster, CancellationToken stopping)
    {
        await using var alarm = new MasterAlarm(_clock, () => _inbox.Writer.TryWrite(new Letter(new MasterInput.Tick(), Handled: null)));
        try
        {
            while (await _inbox.Reader.WaitToReadAsync(stopping))
            {
                while (!stopping.IsCancellationRequested && _inbox.Reader.TryRead(out _inHand))
                {
                    if (_inHand.Input is { } input)
                    {
                        Handle(input, _inHand.Handled, frameworks, cluster, alarm);
                    }

                    _inHand.Snapshot?.TrySetResult(_master.Snapshot);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
        catch (Exception fault)
        {
            _fatalErrors.End("The master failed while handling an input", fault);
            throw;
        }
        finally
        {
            Close();
        }
    }

    private void Handle(
        MasterInput input, TaskCompletionSource? handled, IEffectPerformer frameworks, IEffectPerformer cluster, MasterAlarm alarm)
    {
        var start = _clock.GetTimestamp();
        if (input is MasterInput.Tick)
        {
            alarm.Heard();
        }

        foreach (var effect in _master.Handle(input, Now()))
        {
            PerformerOf(effect, frameworks, cluster).Perform(effect);
            _metrics.HandedOut(effect);
        }

        _recovered |= input is MasterInput.RecoveryCompleted;
        alarm.Set(_master.NextDeadline, _now);
        _metrics.Handled(input, _clock.GetElapsedTime(start));
        handled?.TrySetResult();
    }

    /// <summary>The time for the master, which relies on its never going back; a machine's clock may.</summary>
    private DateTimeOffset Now()
    {
        var now = _clock.GetUtcNow();
        return _now = now > _now ? now : _now;
    }

    private static IEffectPerformer PerformerOf(MasterEffect effect, IEffectPerformer frameworks, IEffectPerformer cluster) =>
        effect switch
        {
            MasterEffect.Answer or MasterEffect.Send or MasterEffect.CloseStream => frameworks,
            MasterEffect.Launch or MasterEffect.Kill or MasterEffect.Release or MasterEffect.RecordFramework
                or MasterEffect.LossesHeld => cluster,
            _ => throw new UnreachableException($"Nobody performs {effect.GetType().Name}."),
        };

    private void Close()
    {
        _inbox.Writer.TryComplete();
        _inHand.Handled?.TrySetCanceled();
        _inHand.Snapshot?.TrySetCanceled();
        while (_inbox.Reader.TryRead(out var letter))
        {
            letter.Handled?.TrySetCanceled();
            letter.Snapshot?.TrySetCanceled();
        }
    }

    /// <param name="Input">Null: it only asks for a snapshot.</param>
    private readonly record struct Letter(
        MasterInput? Input, TaskCompletionSource? Handled, TaskCompletionSource<MasterSnapshot>? Snapshot = null);
}
