using System.Globalization;
using MesosK8sBridge.Kubernetes.Models;

namespace MesosK8sBridge.Simulation.Cluster;

internal enum Fortune
{
    /// <summary>Runs for its time and exits.</summary>
    Runs,

    /// <summary>Its image can never be pulled.</summary>
    Unpullable,

    /// <summary>The runtime cannot start it.</summary>
    Unstartable,

    /// <summary>Is killed for want of memory when its time is over.</summary>
    Starved,
}

/// <summary>What a container will do: its framework writes it into the command, the kubelet reads it there.</summary>
/// <param name="Obeys">It ends soon after SIGTERM; else it waits for SIGKILL.</param>
internal readonly record struct Conduct(TimeSpan Runs, int Exit, Fortune Fortune, bool Obeys)
{
    public string Command => string.Create(CultureInfo.InvariantCulture, $"work {(long)Runs.TotalSeconds} {Exit} {(int)Fortune} {(Obeys ? 1 : 0)}");

    public static Conduct Of(V1Container container)
    {
        var words = container.Command![^1].Split(' ');
        return new Conduct(
            TimeSpan.FromSeconds(long.Parse(words[1], CultureInfo.InvariantCulture)),
            int.Parse(words[2], CultureInfo.InvariantCulture),
            (Fortune)int.Parse(words[3], CultureInfo.InvariantCulture),
            words[4] == "1");
    }
}
