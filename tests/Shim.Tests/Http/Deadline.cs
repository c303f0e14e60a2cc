using System.Runtime.CompilerServices;

namespace MesosK8sBridge.Shim.Tests.Http;

/// <summary>No await in these tests lasts for ever; the message of one that would names its line.</summary>
internal static class Deadline
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<T> Soon<T>(this Task<T> task, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await ((Task)task).Soon(file, line);
        return await task;
    }

    public static async Task Soon(this Task task, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        try
        {
            await task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Still waiting after {Patience} at {Path.GetFileName(file)}:{line}", e);
        }
    }

    public static Task<T> Soon<T>(this ValueTask<T> task, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        task.AsTask().Soon(file, line);

    public static Task Soon(this ValueTask task, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        task.AsTask().Soon(file, line);
}
