using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace MesosK8sBridge.Testing;

/// <summary>A program under test or a peer of it: its lines as they come, its end, and a kill that leaves no child behind.</summary>
public class ChildProcess : IAsyncDisposable
{
    // Enough for the noisiest test; a program that writes more has gone wrong, and only loses lines here.
    private const int MaxLines = 100_000;

    private readonly Process _process;
    private readonly StringBuilder _transcript = new();
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MaxLines) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = false });

    private volatile bool _exited;

    protected ChildProcess(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, e) => Take(e.Data, output: true);
        _process.ErrorDataReceived += (_, e) => Take(e.Data, output: false);
        _process.Exited += (_, _) => _exited = true;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public bool HasExited => _exited;

    /// <summary>All that the program has written so far, for the message of a failed test.</summary>
    public string Transcript
    {
        get
        {
            lock (_transcript)
            {
                return _transcript.ToString();
            }
        }
    }

    /// <summary>Lines of standard output until <paramref name="wanted"/> accepts one, which is returned.</summary>
    /// <exception cref="TimeoutException">None came in time, or the program ended; the message has its transcript.</exception>
    public async Task<T> ReadUntilAsync<T>(Func<string, T?> wanted, TimeSpan deadline, string what)
        where T : class
    {
        using var timeout = new CancellationTokenSource(deadline);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(timeout.Token))
            {
                if (wanted(line) is { } found)
                {
                    return found;
                }
            }

            throw new TimeoutException($"The program ended before {what}:\n{Transcript}");
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"No {what} within {deadline.TotalSeconds} s:\n{Transcript}", e);
        }
    }

    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan deadline)
    {
        using var timeout = new CancellationTokenSource(deadline);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"Still running after {deadline.TotalSeconds} s:\n{Transcript}", e);
        }

        return _process.ExitCode;
    }

    /// <summary>kill -9, of this process alone: what a crash looks like to its children and peers.</summary>
    public async Task CrashAsync()
    {
        _process.Kill();
        await WaitForExitAsync(TimeSpan.FromSeconds(10));
    }

    /// <param name="signal">E.g. <c>TERM</c>.</param>
    public Task SignalAsync(string signal) => Signals.SendAsync(signal, Pid);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Take(string? line, bool output)
    {
        if (line is null)
        {
            if (output)
            {
                _lines.Writer.TryComplete();
            }

            return;
        }

        lock (_transcript)
        {
            _transcript.AppendLine(line);
        }

        if (output)
        {
            _lines.Writer.TryWrite(line);
        }
    }
}
