using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>An option with an environment variable and a default, both shown in its help.</summary>
internal interface ISetting
{
    string Variable { get; }

    /// <summary>What it does, without default and variable.</summary>
    string Summary { get; }

    /// <summary>The default as one would write it; null if there is none.</summary>
    string? DefaultText { get; }
}

/// <inheritdoc cref="ISetting"/>
internal sealed class Setting<T> : Option<Given<T>>, ISetting
{
    private readonly T _fallback;

    /// <param name="name">With its dashes.</param>
    /// <param name="form">What a value looks like, e.g. <c>HOST:PORT</c>.</param>
    /// <param name="summary">One sentence, with unit and range.</param>
    public Setting(string name, string form, string summary, Reader<T> read, T fallback, string? defaultText)
        : this(name, form, summary, values => read(values[^1]), fallback, defaultText, ArgumentArity.ExactlyOne)
    {
    }

    private Setting(
        string name, string form, string summary, Func<IReadOnlyList<string>, Reading<T>> read, T fallback, string? defaultText, ArgumentArity arity)
        : base(name)
    {
        _fallback = fallback;
        Summary = summary;
        DefaultText = defaultText;
        Variable = VariableOf(name);
        HelpName = form;
        Description = $"{summary}{(defaultText is null ? "" : $" [default: {defaultText}]")} [env: {Variable}]";
        CustomParser = result => Parse(result, read);
        Arity = arity;
    }

    public string Variable { get; }

    public string Summary { get; }

    public string? DefaultText { get; }

    /// <summary>A setting that may be given several times; its variable holds one value.</summary>
    public static Setting<T> Repeated(string name, string form, string summary, Func<IReadOnlyList<string>, Reading<T>> read, T fallback) =>
        new(name, form, summary, read, fallback, defaultText: null, ArgumentArity.OneOrMore);

    /// <summary>On when named alone; <c>=false</c> turns it off.</summary>
    public static Setting<bool> Flag(string name, string summary, bool fallback = false) =>
        new(name, "true|false", summary, values => Readers.Flag(values is [.., var last] ? last : "true"), fallback, fallback ? "true" : "false", ArgumentArity.ZeroOrOne);

    /// <param name="summary">One sentence, with the range.</param>
    public static Setting<TimeSpan> Duration(string name, string summary, TimeSpan least, TimeSpan most, TimeSpan fallback) =>
        new(name, "DURATION", summary, Readers.Duration(least, most), fallback, DurationText.Format(fallback));

    /// <param name="form">The unit, or <c>N</c>.</param>
    /// <param name="summary">One sentence, with unit and range.</param>
    public static Setting<int> Whole(string name, string form, string summary, int least, int most, int fallback) =>
        new(name, form, summary, Readers.Whole(least, most), fallback, fallback.ToString(CultureInfo.InvariantCulture));

    public static string VariableOf(string option) =>
        $"MESOS_BRIDGE_{option.TrimStart('-').Replace('-', '_').ToUpperInvariant()}";

    /// <returns>As given, else from the environment, else the default.</returns>
    public T In(ParseResult result) => IsGiven(result) ? result.GetValue(this)!.Value : _fallback;

    public bool IsGiven(ParseResult result) => result.GetResult(this) is { Implicit: false };

    private Given<T> Parse(ArgumentResult result, Func<IReadOnlyList<string>, Reading<T>> read)
    {
        var reading = read([.. result.Tokens.Select(token => token.Value)]);
        if (reading.Error is not null)
        {
            result.AddError($"{Name}: {reading.Error}");
        }

        return new Given<T>(reading.Value!);
    }
}

/// <summary>
/// A value from the command line. The library treats options of type bool in its own way: it would take a value it cannot
/// read for an argument of the command.
/// </summary>
internal sealed record Given<T>(T Value);

/// <summary>Reads one value, or says what was expected.</summary>
internal delegate Reading<T> Reader<T>(string text);

/// <param name="Error">Completes the sentence "--option: …"; null if the value is good.</param>
internal readonly record struct Reading<T>(T? Value, string? Error)
{
    public static implicit operator Reading<T>(T value) => new(value, null);

    public static Reading<T> Bad(string error) => new(default, error);
}
