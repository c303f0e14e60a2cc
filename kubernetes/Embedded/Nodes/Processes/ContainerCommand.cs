namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Processes;

/// <summary>What to run: no shell in between, and no environment but this.</summary>
/// <param name="Arguments">At least one: the program, found in the environment's PATH unless it has a slash.</param>
/// <param name="Directory">Must exist.</param>
internal sealed record ContainerCommand(
    IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string Directory);

/// <summary>The program could not be started; the words are those a container runtime has for it.</summary>
internal sealed class ContainerStartException(string message) : Exception(message);
