using System.Collections.Immutable;
using MesosK8sBridge.Shim.Master.Validation;

namespace MesosK8sBridge.Shim.Master.Frameworks;

/// <summary>Who may register, by the administrators' rules.</summary>
internal sealed class Admittance(Admission otherwise)
{
    private ImmutableArray<FrameworkPolicy> _policies = [];

    public void Replace(ImmutableArray<FrameworkPolicy> policies) => _policies = policies;

    /// <param name="principal">The framework's own; null if it has none.</param>
    /// <returns>The rule that admits it, if it takes one; or why it is refused, in the words of Mesos' authorizer.</returns>
    /// <remarks>Mesos: src/master/master.cpp, Master::_subscribe.</remarks>
    public (FrameworkPolicy? Policy, string? Refusal) Judge(string name, string? principal, FrameworkTraits traits)
    {
        var named = _policies.Where(p => p.FrameworkName == name).ToArray();
        var meant = named.Where(p => !p.AdmitsNobody && (p.Principal is null || p.Principal == principal)).OrderBy(p => p.Principal is null);
        if (meant.FirstOrDefault(p => p.Roles.IsEmpty || traits.Roles.All(r => p.Roles.Contains(r))) is { } policy)
        {
            return (policy, null);
        }

        return named.Length == 0 && otherwise == Admission.Open
            ? (null, null)
            : (null, $"Not authorized to use roles '{MesosText.Set(traits.Roles)}'");
    }

    public (FrameworkPolicy? Policy, string? Refusal) Judge(Framework framework) =>
        Judge(framework.Info.Name, framework.Principal, framework.Traits);
}
