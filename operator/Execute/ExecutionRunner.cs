using System.Threading.Channels;
using MesosK8sBridge.Protocol.V1.Scheduler;

namespace MesosK8sBridge.Operator.Execute;

/// <summary>Runs an <see cref="Execution"/> against a master: its sockets, its clock and nothing else.</summary>
/// <param name="report">Called on the runner's own flow, in order.</param>
internal sealed class ExecutionRunner(SchedulerClient client, TimeProvider clock, Action<ExecutionReport> report)
{
    // Enough for any burst of events; a full inbox makes the reader of the stream wait, and with it the master.
    private readonly Channel<Message> _inbox = Channel.CreateBounded<Message>(1_024);

    /// <summary>The current stream; null while there is none.</summary>
    private SchedulerStream? _stream;

    private (CancellationTokenSource Stop, Task Task)? _reading;
    private int _generation;

    /// <param name="stop">Ends the run in order: the framework is torn down.</param>
    public async Task<ExecutionOutcome> RunAsync(Execution execution, CancellationToken stop)
    {
        await using var stopping = stop.Register(() => _ = PostAsync(new Message.Stop(), CancellationToken.None));
        try
        {
            ExecutionInput input = new ExecutionInput.Tick();
            while (true)
            {
                if (await PerformAsync(execution.Handle(input, clock.GetUtcNow())) is { } outcome)
                {
                    return outcome;
                }

                input = await NextAsync(execution.NextDeadline);
            }
        }
        finally
        {
            await CloseAsync();
        }
    }

    private async Task<ExecutionOutcome?> PerformAsync(IReadOnlyList<ExecutionEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ExecutionEffect.Report(var value):
                    report(value);
                    break;
                case ExecutionEffect.Subscribe(var call):
                    await OpenAsync(call);
                    break;
                case ExecutionEffect.Send(var call):
                    await SendAsync(call);
                    break;
                case ExecutionEffect.Finish(var outcome):
                    return outcome;
            }
        }

        return null;
    }

    /// <summary>The next input, or a tick when the deadline has come. What earlier streams still say is passed over.</summary>
    private async Task<ExecutionInput> NextAsync(DateTimeOffset? deadline)
    {
        var wait = deadline - clock.GetUtcNow() ?? Timeout.InfiniteTimeSpan;
        using var due = new CancellationTokenSource(wait < TimeSpan.Zero && deadline is not null ? TimeSpan.Zero : wait, clock);
        try
        {
            while (true)
            {
                switch (await _inbox.Reader.ReadAsync(due.Token))
                {
                    case Message.Opened opened when opened.Generation == _generation:
                        _stream = opened.Stream;
                        break;
                    case Message.Input received when received.Generation == _generation:
                        return received.Value;
                    case Message.Stop:
                        return new ExecutionInput.StopRequested();
                }
            }
        }
        catch (OperationCanceledException)
        {
            return new ExecutionInput.Tick();
        }
    }

    private async Task OpenAsync(Call call)
    {
        await CloseAsync();
        var stop = new CancellationTokenSource();
        _reading = (stop, ReadAsync(call, ++_generation, stop.Token));
    }

    private async Task ReadAsync(Call call, int generation, CancellationToken cancellationToken)
    {
        try
        {
            var end = new ExecutionInput.Disconnected("the master ended the stream", Retry: true);
            try
            {
                await using var stream = await client.SubscribeAsync(call, cancellationToken);
                await PostAsync(new Message.Opened(generation, stream), cancellationToken);
                await foreach (var received in stream.ReadAsync(cancellationToken))
                {
                    await PostAsync(new Message.Input(generation, new ExecutionInput.Received(received)), cancellationToken);
                }
            }
            catch (SchedulerException e)
            {
                end = new ExecutionInput.Disconnected(e.Message, e.Retry);
            }

            await PostAsync(new Message.Input(generation, end), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Another stream takes its place, or the run is over.
        }
    }

    /// <summary>A call that fails is a sign that the subscription is gone; what became of it shows after the next one.</summary>
    private async Task SendAsync(Call call)
    {
        if (_stream is not { } stream)
        {
            return;
        }

        try
        {
            await client.SendAsync(stream, call, CancellationToken.None);
        }
        catch (SchedulerException e)
        {
            _stream = null;
            _ = PostAsync(new Message.Input(_generation, new ExecutionInput.Disconnected(e.Message, e.Retry)), CancellationToken.None);
        }
    }

    private async Task CloseAsync()
    {
        if (_reading is var (stop, task))
        {
            _reading = null;
            _stream = null;
            await stop.CancelAsync();
            await task;
            stop.Dispose();
        }
    }

    private Task PostAsync(Message message, CancellationToken cancellationToken) => _inbox.Writer.WriteAsync(message, cancellationToken).AsTask();

    private abstract record Message
    {
        public sealed record Opened(int Generation, SchedulerStream Stream) : Message;

        public sealed record Input(int Generation, ExecutionInput Value) : Message;

        public sealed record Stop : Message;
    }
}
