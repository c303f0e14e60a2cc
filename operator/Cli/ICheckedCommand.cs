using System.CommandLine;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>A command whose options must fit together.</summary>
internal interface ICheckedCommand
{
    /// <summary>What is wrong with options that are each well written; empty if nothing is.</summary>
    IEnumerable<string> Problems(ParseResult result);
}
