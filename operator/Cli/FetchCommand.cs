using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using MesosK8sBridge.Operator.Fetch;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using Task = System.Threading.Tasks.Task;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>Fetches a task's URIs: what runs in Pods before the tasks do.</summary>
internal sealed class FetchCommand : Command
{
    private readonly Setting<string?> _directory = new("--directory", "DIR", "Where everything goes; must exist.", Readers.NonEmpty, null, null);

    private readonly Setting<ImmutableArray<CommandInfo.Types.URI>> _uris = Setting<ImmutableArray<CommandInfo.Types.URI>>.Repeated(
        "--uri", "JSON", "One CommandInfo.URI in Mesos' JSON, e.g. {\"value\":\"http://host/a.tgz\"}; may be given several times.", ReadUris, []);

    private readonly Setting<ImmutableDictionary<int, string>> _files = Setting<ImmutableDictionary<int, string>>.Repeated(
        "--file", "INDEX=PATH", "Where the file is that the URI of that index, from 0, names; may be given several times.", ReadFiles, ImmutableDictionary<int, string>.Empty);

    private readonly Setting<string?> _failureFile = new(
        "--failure-file", "FILE", "Where a failure is written, besides standard error.", Readers.NonEmpty, null, null);

    private readonly Setting<TimeSpan> _stall = Setting<TimeSpan>.Duration(
        "--stall-timeout", "The longest silence of a server; 1s to 1h.", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));

    private readonly Setting<TimeSpan> _timeout = Setting<TimeSpan>.Duration(
        "--fetch-timeout", "For everything together; 1s to 1d.", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), TimeSpan.FromHours(1));

    private readonly Setting<int> _size = Setting<int>.Whole(
        "--max-size", "MIB", "The most that one URI may be, and may be extracted to, in MiB; 1 to 1048576.", 1, 1_048_576, 65_536);

    private readonly CommandContext _context;

    public FetchCommand(CommandContext context)
        : base("fetch", "Fetch the URIs of a task into a directory. The bridge runs this in the Pods of tasks.")
    {
        _context = context;
        foreach (var option in new Option[] { _directory, _uris, _files, _failureFile, _stall, _timeout, _size })
        {
            Options.Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken stop)
    {
        var directory = _directory.In(result) ?? ".";
        var limits = new FetchLimits(_stall.In(result), _timeout.In(result), (long)_size.In(result) << 20);
        using var http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = limits.Stall, MaxAutomaticRedirections = 10 }) { Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            if (!Directory.Exists(directory))
            {
                throw new FetchException($"'{directory}' is no directory");
            }

            await new Fetcher(http, new Sandbox(directory), _files.In(result), limits, _context.Clock, _context.Out).FetchAsync(_uris.In(result), stop);
            return ExitCodes.Success;
        }
        catch (FetchException failure)
        {
            await TellAsync(failure.Message, _failureFile.In(result));
            return ExitCodes.Failure;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }

    private async Task TellAsync(string failure, string? file)
    {
        await _context.Error.WriteLineAsync(failure);
        try
        {
            if (file is not null)
            {
                await File.WriteAllTextAsync(file, failure, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await _context.Error.WriteLineAsync($"'{file}' cannot be written: {e.Message}");
        }
    }

    private static Reading<ImmutableArray<CommandInfo.Types.URI>> ReadUris(IReadOnlyList<string> texts)
    {
        try
        {
            return texts.Select(text => MesosJson.Parse<CommandInfo.Types.URI>(Encoding.UTF8.GetBytes(text))).ToImmutableArray();
        }
        catch (MesosJsonException e)
        {
            return Reading<ImmutableArray<CommandInfo.Types.URI>>.Bad(e.Message);
        }
    }

    private static Reading<ImmutableDictionary<int, string>> ReadFiles(IReadOnlyList<string> texts)
    {
        var files = ImmutableDictionary.CreateBuilder<int, string>();
        foreach (var text in texts)
        {
            if (text.Split('=', 2) is not [var number, { Length: > 0 } path] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                return Reading<ImmutableDictionary<int, string>>.Bad($"'{text}' is not INDEX=PATH, e.g. 0=/mnt/a.tgz");
            }

            files[index] = path;
        }

        return files.ToImmutable();
    }
}
