namespace MesosK8sBridge.Operator.Nodes;

/// <summary>What of a node cannot be made sense of, and is ignored.</summary>
/// <param name="Reason">Of the Event: one word in CamelCase.</param>
internal sealed record NodeProblem(string Reason, string Message);
