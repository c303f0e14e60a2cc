using System.Text;
using MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

namespace MesosK8sBridge.Kubernetes.Tests.Nodes;

public sealed class ContainerLogTests : IDisposable
{
    private static readonly DateTimeOffset T0 = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private readonly string _directory = Directory.CreateTempSubdirectory("logs-").FullName;

    private string LogFile => Path.Combine(_directory, "0.log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_line_is_kept_with_its_time_its_stream_and_a_mark_that_it_is_whole()
    {
        using var log = new ContainerLog(LogFile);

        log.Append(0, "out\n"u8, T0);
        log.Append(1, "err\n"u8, T0.AddMilliseconds(1500));

        Assert.Equal(
            "2024-05-06T07:08:09.000000000Z stdout F out\n2024-05-06T07:08:10.500000000Z stderr F err\n", File.ReadAllText(LogFile));
    }

    [Fact]
    public void The_streams_do_not_mix_when_their_lines_come_in_pieces()
    {
        using var log = new ContainerLog(LogFile);

        log.Append(0, "a"u8, T0);
        log.Append(1, "x"u8, T0);
        log.Append(0, "b\nc"u8, T0);
        log.Append(1, "y\n"u8, T0);
        log.Complete();

        Assert.Equal("ab\nxy\nc\n", Read(new PodLogOptions()));
    }

    [Fact]
    public void A_line_longer_than_16_KiB_is_kept_in_parts_and_read_as_one()
    {
        using var log = new ContainerLog(LogFile);
        var text = new string('x', 40_000) + "\n";

        log.Append(0, Encoding.UTF8.GetBytes(text), T0);

        Assert.Equal(text, Read(new PodLogOptions()));
        Assert.Equal(["P", "P", "F"], File.ReadAllLines(LogFile).Select(l => l.Split(' ')[2]));
    }

    [Theory]
    [InlineData(null, "1\n2\n3\n")]
    [InlineData(0, "")]
    [InlineData(2, "2\n3\n")]
    [InlineData(9, "1\n2\n3\n")]
    public void The_tail_is_that_many_lines(int? lines, string expected)
    {
        using var log = new ContainerLog(LogFile);
        log.Append(0, "1\n2\n3\n"u8, T0);

        Assert.Equal(expected, Read(new PodLogOptions { TailLines = lines }));
    }

    [Fact]
    public void Time_stamps_age_and_size_choose_and_dress_the_lines()
    {
        using var log = new ContainerLog(LogFile);
        log.Append(0, "old\n"u8, T0);
        log.Append(0, "new\n"u8, T0.AddSeconds(60));

        Assert.Equal("2024-05-06T07:09:09.000000000Z new\n", Read(new() { Timestamps = true, Since = TimeSpan.FromSeconds(10) }));
        Assert.Equal("old\nn", Read(new PodLogOptions { LimitBytes = 5 }));
    }

    [Fact]
    public void Two_files_of_bounded_size_are_kept_and_read_in_order()
    {
        using var log = new ContainerLog(LogFile, maxFileBytes: 200);

        for (var i = 0; i < 100; i++)
        {
            log.Append(0, Encoding.UTF8.GetBytes($"{i:000}\n"), T0);
        }

        Assert.Equal(["0.log", "0.log.1"], Directory.GetFiles(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(_directory), f => Assert.True(new FileInfo(f).Length <= 200));
        var kept = Read(new PodLogOptions()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(100 - kept.Length, kept.Length).Select(i => $"{i:000}"), kept);
        Assert.InRange(kept.Length, 5, 10);
    }

    [Fact]
    public async Task A_follower_sees_each_line_as_it_comes_across_a_rotation_until_the_end()
    {
        using var log = new ContainerLog(LogFile, maxFileBytes: 200);
        log.Append(0, "before\n"u8, T0);
        await using var lines = ContainerLogReader.ReadAsync(
            LogFile, log, new PodLogOptions { Follow = true }, T0, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.Equal("before\n", await Next(lines));
        for (var i = 0; i < 20; i++)
        {
            var next = Next(lines);
            log.Append(0, Encoding.UTF8.GetBytes($"{i}\n"), T0);
            Assert.Equal($"{i}\n", await next);
        }

        var end = Next(lines);
        log.Complete();
        Assert.Null(await end);
    }

    private static async Task<string?> Next(IAsyncEnumerator<ReadOnlyMemory<byte>> lines) =>
        await lines.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)
            ? Encoding.UTF8.GetString(lines.Current.Span)
            : null;

    private string Read(PodLogOptions options)
    {
        var text = new StringBuilder();
        var pieces = ContainerLogReader.ReadAsync(LogFile, null, options, T0.AddSeconds(60), TestContext.Current.CancellationToken);
        foreach (var piece in pieces.ToBlockingEnumerable(TestContext.Current.CancellationToken))
        {
            text.Append(Encoding.UTF8.GetString(piece.Span));
        }

        return text.ToString();
    }
}
