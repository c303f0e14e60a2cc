using System.Diagnostics;
using System.Globalization;

namespace MesosK8sBridge.Benchmarks.Memory;

/// <summary>This program again, in another role. Asks in lines, answers in lines; ends when its input does.</summary>
internal sealed class Child : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Process _process;

    private Child(Process process, string greeting) => (_process, Greeting) = (process, greeting);

    /// <summary>Its first line, which says that it is ready.</summary>
    public string Greeting { get; }

    public static async Task<Child> StartAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(Child).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        try
        {
            return new Child(process, await ReadAsync(process, cancellationToken));
        }
        catch
        {
            await StopAsync(process);
            throw;
        }
    }

    /// <summary>Highest resident set of its life so far, in bytes.</summary>
    public long PeakResident => File.ReadLines($"/proc/{_process.Id}/status")
        .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .First();

    /// <summary>CPU time it has used so far.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public async Task<MemoryUse> MeasureAsync(CancellationToken cancellationToken)
    {
        var numbers = (await AskAsync("measure", cancellationToken)).Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        return new MemoryUse(numbers[0], numbers[1]);
    }

    /// <summary>One line for one line.</summary>
    public async Task<string> AskAsync(string question, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(question.AsMemory(), cancellationToken);
        return await ReadAsync(_process, cancellationToken);
    }

    public async ValueTask DisposeAsync() => await StopAsync(_process);

    private static async Task<string> ReadAsync(Process process, CancellationToken cancellationToken) =>
        await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("A child process ended early.");

    private static async Task StopAsync(Process process)
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }

        process.Dispose();
    }
}

/// <param name="Resident">Bytes of the process in physical memory.</param>
/// <param name="Managed">Bytes of live objects after a full collection.</param>
internal readonly record struct MemoryUse(long Resident, long Managed)
{
    /// <summary>Of this process: first as it stands, then what is left after collecting.</summary>
    public static MemoryUse Now()
    {
        using var process = Process.GetCurrentProcess();
        var resident = process.WorkingSet64;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return new MemoryUse(resident, GC.GetTotalMemory(forceFullCollection: true));
    }
}
