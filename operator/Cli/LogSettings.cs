using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace MesosK8sBridge.Operator.Cli;

internal enum LogFormat
{
    Text,
    Json,
}

/// <summary>How the program logs: to standard error, for all commands.</summary>
internal sealed class LogSettings
{
    public Setting<LogFormat> Format { get; } = new(
        "--log-format", "text|json", "How log lines are written, to standard error.", Readers.Word<LogFormat>(), LogFormat.Text, "text")
    { Recursive = true };

    public Setting<LogLevel> Level { get; } = new(
        "--log-level",
        "LEVEL",
        "Least level that is logged: Trace, Debug, Information, Warning, Error, Critical or None.",
        Readers.Word<LogLevel>(),
        LogLevel.Information,
        "Information")
    { Recursive = true };

    public void Configure(ILoggingBuilder logging, ParseResult result)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(Level.In(result));

        // What ASP.NET says about each request is of use only to those who ask for details.
        if (Level.In(result) >= LogLevel.Information)
        {
            logging.AddFilter("Microsoft", LogLevel.Warning);
        }

        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (Format.In(result) == LogFormat.Json)
        {
            logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
        }
        else
        {
            logging.AddSimpleConsole(text =>
            {
                text.SingleLine = true;
                text.UseUtcTimestamp = true;
                text.TimestampFormat = "HH:mm:ss.fff ";
            });
        }
    }
}
