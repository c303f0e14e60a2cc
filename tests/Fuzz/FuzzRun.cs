using System.Globalization;
using System.Text;

namespace MesosK8sBridge.Fuzz;

/// <summary>What was found.</summary>
/// <param name="What">The kind of failure, the same for what is the same.</param>
/// <param name="File">Where the shortest input that shows it is.</param>
internal sealed record Finding(string Input, string What, string File);

/// <summary>One kind of input.</summary>
/// <param name="Share">How often it is tried, compared with the others.</param>
/// <param name="Try">Makes an input and tries it; what came of it in a word, or what is wrong.</param>
internal sealed record Kind(string Name, int Share, Func<Random, byte[]> Make, Func<byte[], Task<Outcome>> Try);

/// <param name="Answer">E.g. <c>4xx</c>; counted.</param>
/// <param name="Wrong">Null: all is well.</param>
internal sealed record Outcome(string Answer, string? Wrong = null);

/// <summary>Tries inputs until told to stop: bytes on the codecs, requests on a master that is at work.</summary>
internal sealed class FuzzRun(int seed, string folder, TimeProvider clock)
{
    private const int CasesBetweenRevivals = 20;
    private const int CasesBetweenLooks = 500;
    private const int MaxFindings = 10;
    private const long AllowedGrowth = 96L << 20;

    private readonly SortedDictionary<string, SortedDictionary<string, int>> _tally = new(StringComparer.Ordinal);
    private readonly List<Finding> _findings = [];
    private long? _settled;
    private long _largest;
    private int _cases;
    private double _slowest;

    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Tasks that inputs have launched: whether they came to where it matters.</summary>
    public int Launched { get; private set; }

    /// <param name="goOn">Asked before each case, with the number of those done.</param>
    public async Task RunAsync(Func<int, bool> goOn)
    {
        var random = new Random(seed);
        await using var stage = await Stage.StartAsync(clock);
        Kind[] kinds = [.. Requests.On(stage), .. Codecs.All];
        var wheel = kinds.SelectMany(kind => Enumerable.Repeat(kind, kind.Share)).ToArray();
        while (goOn(_cases) && _findings.Count < MaxFindings)
        {
            await OneAsync(wheel[random.Next(wheel.Length)], random);
            if (++_cases % CasesBetweenRevivals == 0)
            {
                await stage.ReviveAsync();
            }

            if (_cases % CasesBetweenLooks == 0)
            {
                await stage.TidyAsync();
                Weigh();
            }
        }

        Launched = stage.Launched;
    }

    public void Print(TextWriter output)
    {
        var answers = _tally.Values.SelectMany(t => t.Keys).Distinct().Order(StringComparer.Ordinal).ToArray();
        output.WriteLine($"{"input",-20}{string.Concat(answers.Select(a => $"{a,12}"))}");
        foreach (var (kind, counts) in _tally)
        {
            output.WriteLine($"{kind,-20}{string.Concat(answers.Select(a => $"{counts.GetValueOrDefault(a),12}"))}");
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_cases} cases with seed {seed}, {Launched} tasks launched, slowest {_slowest:F0} ms, memory settled at {_settled >> 20} MiB, at most {_largest >> 20} MiB"));
        foreach (var finding in _findings)
        {
            output.WriteLine($"FOUND {finding.Input}: {finding.What} ({finding.File})");
        }
    }

    private async Task OneAsync(Kind kind, Random random)
    {
        var input = kind.Make(random);
        var start = clock.GetTimestamp();
        var outcome = await kind.Try(input);
        _slowest = Math.Max(_slowest, clock.GetElapsedTime(start).TotalMilliseconds);
        var tally = _tally.TryGetValue(kind.Name, out var known) ? known : _tally[kind.Name] = new(StringComparer.Ordinal);
        tally[outcome.Answer] = tally.GetValueOrDefault(outcome.Answer) + 1;
        if (outcome.Wrong is { } wrong && !_findings.Exists(f => f.What == wrong))
        {
            Keep(kind.Name, wrong, await Shrinking.ShrinkAsync(input, async shorter => (await kind.Try(shorter)).Wrong == wrong));
        }
    }

    private void Keep(string kind, string wrong, byte[] input)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"{kind.Replace(' ', '-')}-{seed}-{_findings.Count}.bin");
        File.WriteAllBytes(file, input);
        _findings.Add(new Finding(kind, wrong, file));
    }

    /// <summary>Memory in use after some time must not grow any more.</summary>
    private void Weigh()
    {
        var now = GC.GetTotalMemory(forceFullCollection: true);
        _largest = Math.Max(_largest, now);
        if (_cases >= 4 * CasesBetweenLooks)
        {
            _settled ??= now;
        }

        if (now > _settled + AllowedGrowth && !_findings.Exists(f => f.Input == "memory"))
        {
            Keep("memory", $"{now >> 20} MiB in use, {_settled >> 20} MiB at first", Encoding.UTF8.GetBytes($"after {_cases} cases"));
        }
    }
}
