using MesosK8sBridge.Kubernetes.Embedded.Nodes.Pods;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Kubernetes.Embedded.Nodes.Containers;

/// <summary>Where a Pod's files are: <c>sandbox/CONTAINER</c>, <c>volumes/VOLUME</c>, <c>logs/CONTAINER/RUN.log</c>.</summary>
internal sealed class PodDirectory(string root)
{
    public string Root => root;

    public static PodDirectory Of(string directory, V1Pod pod) => Of(directory, pod.Uid());

    /// <summary>Named by uid alone: a name may come again, and both together could be too long.</summary>
    public static PodDirectory Of(string directory, string uid) => new(Path.Combine(directory, "pods", Safe(uid)));

    public string Sandbox(string container) => Path.Combine(root, "sandbox", Safe(container));

    public string Volume(string name) => Path.Combine(root, "volumes", Safe(name));

    /// <summary>Outlives the Pod: another that names the claim finds what this one has left.</summary>
    public string Claim(string space, string name) => Path.GetFullPath(Path.Combine(root, "..", "..", "claims", Safe(space), Safe(name)));

    public string Log(string container, int run) => Path.Combine(root, "logs", Safe(container), $"{run}.log");

    /// <summary>What the latest probe of that kind has written, which nobody reads but who looks for it.</summary>
    public string ProbeLog(string container, ProbeKind kind) => Path.Combine(root, "logs", Safe(container), $"{kind}.probe");

    /// <summary>The file that stands for terminationMessagePath.</summary>
    public string TerminationMessage(string container, int run) => Path.Combine(root, "logs", Safe(container), $"{run}.message");

    /// <summary>Names come from the API server, which checks them; a slash would still be a way out.</summary>
    private static string Safe(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') && name.Trim('.').Length > 0
            ? name
            : throw new ContainerRefusedException("CreateContainerError", $"'{name}' cannot be the name of a directory.");
}
