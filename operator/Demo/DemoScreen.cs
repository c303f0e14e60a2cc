using MesosK8sBridge.Operator.Execute;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MesosK8sBridge.Operator.Demo;

/// <summary>Shows the demo: a live board on a terminal, plain lines elsewhere.</summary>
internal sealed class DemoScreen(IAnsiConsole console, DemoBoard board)
{
    private const int LinesShown = 14;

    private LiveDisplayContext? _live;

    /// <summary>Runs <paramref name="work"/> with the board on the screen.</summary>
    public async Task<T> ShowAsync<T>(Func<Task<T>> work)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            return await work();
        }

        return await console.Live(Board()).AutoClear(false).StartAsync(async live =>
        {
            _live = live;
            try
            {
                return await work();
            }
            finally
            {
                live.UpdateTarget(Board());
                _live = null;
            }
        });
    }

    public void Tell(IReadOnlyList<string> newLines)
    {
        if (_live is { } live)
        {
            live.UpdateTarget(Board());
            return;
        }

        foreach (var line in newLines)
        {
            console.WriteLine(line);
        }
    }

    public void Say(string line) => console.WriteLine(line);

    /// <summary>The summary: each task, what was to become of it and what did.</summary>
    public void Sum(IReadOnlyList<TaskResult> results, IReadOnlyList<string> complaints)
    {
        var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle("What became of it") };
        table.AddColumns("Task", "It", "Last state", "Message", "Node", "Pod", "");
        foreach (var row in board.Rows)
        {
            var result = results.FirstOrDefault(each => each.TaskId == row.Task.Id);
            var good = !row.Task.Complaints(result, row.Pod).Any();
            table.AddRow(
                Cell(row.Task.Id),
                Cell(row.Task.Story),
                Cell(result?.State?.Word() ?? ""),
                Cell(result is { Statuses: [.., var last] } ? last.Status.Message : ""),
                Cell(row.Node),
                Cell(row.Pod ?? ""),
                new Markup(good ? "[green]as expected[/]" : "[red]NOT AS EXPECTED[/]"));
        }

        console.Write(table);
        foreach (var complaint in complaints)
        {
            console.MarkupLineInterpolated($"[red]{complaint}[/]");
        }
    }

    private Rows Board()
    {
        var lines = board.Lines.TakeLast(LinesShown).Select(line => (IRenderable)new Text(line) { Overflow = Overflow.Ellipsis });
        return new Rows(lines.Append(Tasks()));
    }

    private Table Tasks()
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("Task", "It", "Node", "States", "Pod");
        foreach (var row in board.Rows)
        {
            table.AddRow(
                Cell(row.Task.Id),
                Cell(row.Task.Story),
                Cell(row.Node),
                Cell(string.Join("\n", row.States)),
                Cell(row.Pod is null ? "" : $"{row.Pod}\n{row.PodPhase}"));
        }

        return table;
    }

    private static Text Cell(string text) => new(text);
}
