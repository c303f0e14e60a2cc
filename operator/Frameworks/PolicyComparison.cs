using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Frameworks;

internal static class PolicyComparison
{
    /// <summary>By value, which records with collections are not by themselves.</summary>
    public static bool AreEqual(IReadOnlyList<FrameworkPolicy> a, IReadOnlyList<FrameworkPolicy> b) =>
        a.Count == b.Count && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second));

    private static bool AreEqual(FrameworkPolicy a, FrameworkPolicy b) =>
        a.Key == b.Key && a.FrameworkName == b.FrameworkName && a.Principal == b.Principal && a.AdmitsNobody == b.AdmitsNobody
        && a.Roles.SequenceEqual(b.Roles) && a.AgentSelector.SequenceEqual(b.AgentSelector) && a.Passes.SequenceEqual(b.Passes);
}
