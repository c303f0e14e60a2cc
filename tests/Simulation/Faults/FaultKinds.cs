namespace MesosK8sBridge.Simulation.Faults;

[Flags]
internal enum FaultKinds
{
    None = 0,

    /// <summary>kill -9, at any point.</summary>
    Crashes = 1,

    /// <summary>Calls to the API server fail, before or after they have taken effect.</summary>
    Calls = 2,

    /// <summary>Watch events are late, twice, out of order or lost; watches break; history is compacted.</summary>
    Watches = 4,

    /// <summary>Frameworks forget to acknowledge, acknowledge nonsense, kill strangers, come and go.</summary>
    Rudeness = 8,

    /// <summary>Nodes fall silent and come back, lose power, are cordoned, deleted, made anew.</summary>
    Nodes = 16,

    /// <summary>People delete Pods, by force even, take finalizers away, and put Pods of their own on nodes.</summary>
    People = 32,

    /// <summary>A leader that is stopped for a while, and acts on when it wakes, while another leads.</summary>
    Leaders = 64,

    All = Crashes | Calls | Watches | Rudeness | Nodes | People | Leaders,
}
