using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Operator.Cluster;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Shim;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Frameworks;

/// <summary>
/// Which framework is administered by which resource, and what there is to store of it. Thread-safe: written by the master's
/// loop and by the controller, read by whoever makes Pods.
/// </summary>
internal sealed class FrameworkCatalog(FrameworkDefaults defaults)
{
    /// <summary>Completed registrations that are stored of one resource, the newest.</summary>
    private const int MostCompleted = 20;

    /// <summary>Completed registrations that are remembered of all resources; when there are more, the older half goes.</summary>
    private const int MostRemembered = 2_000;

    private readonly ConcurrentDictionary<FrameworkId, FrameworkRegistration> _registrations = new();
    private readonly ConcurrentDictionary<FrameworkId, int> _lossesHeld = new();
    private readonly ConditionalWeakTable<V1Alpha1MesosFramework, PodSettings> _settings = [];
    private volatile ImmutableDictionary<string, V1Alpha1MesosFramework> _resources = ImmutableDictionary<string, V1Alpha1MesosFramework>.Empty;

    /// <summary>Called with the key of a resource whose registrations have changed. Must return at once.</summary>
    public Action<string>? Changed { get; set; }

    public FrameworkDefaults Defaults => defaults;

    public void Replace(IEnumerable<V1Alpha1MesosFramework> resources) => _resources = resources.ToImmutableDictionary(FrameworkSpecs.KeyOf);

    public void Recover(FrameworkRegistration registration) => _registrations[registration.Id] = registration;

    public void Record(FrameworkRegistration registration)
    {
        _registrations[registration.Id] = registration;
        if (registration.Phase == FrameworkPhase.Completed)
        {
            ForgetOldest();
        }

        Changed?.Invoke(KeyOf(registration));
    }

    /// <summary>How many tasks of a framework seem lost without its being told; zero: none any more.</summary>
    public void HoldLosses(FrameworkId framework, int tasks)
    {
        if (tasks > 0)
        {
            _lossesHeld[framework] = tasks;
        }
        else
        {
            _lossesHeld.TryRemove(framework, out _);
        }

        if (_registrations.TryGetValue(framework, out var registration))
        {
            Changed?.Invoke(KeyOf(registration));
        }
    }

    public int LossesHeldOf(FrameworkId framework) => _lossesHeld.GetValueOrDefault(framework);

    /// <summary>By names of frameworks.</summary>
    public IEnumerable<(string Framework, int Tasks)> LossesHeld =>
        _lossesHeld.Select(held => (_registrations.GetValueOrDefault(held.Key)?.Info.Name ?? held.Key.Value, held.Value))
            .GroupBy(held => held.Item1, (name, held) => (name, held.Sum(one => one.Value)));

    public bool IsCompleted(FrameworkId framework) =>
        _registrations.TryGetValue(framework, out var registration) && registration.Phase == FrameworkPhase.Completed;

    public PodSettings SettingsOf(FrameworkId framework) =>
        ResourceOf(framework) is { } resource ? _settings.GetValue(resource, read => FrameworkSpecs.PodSettings(read, defaults))
        : _registrations.TryGetValue(framework, out var orphan) ? defaults.Pods with { Namespace = KeyOf(orphan).Split('/')[0] }
        : defaults.Pods;

    public RetentionSettings RetentionOf(FrameworkId framework, RetentionSettings otherwise) =>
        ResourceOf(framework) is { } resource ? FrameworkSpecs.Retention(resource, otherwise) : otherwise;

    public V1Alpha1MesosFramework? ResourceOf(FrameworkId framework) =>
        _registrations.TryGetValue(framework, out var registration) && _resources.TryGetValue(KeyOf(registration), out var resource)
        && (registration.PolicyKey is not null || Fits(resource, registration))
            ? resource
            : null;

    /// <summary>What is to be stored with a resource: all that live, and the last that are completed; the oldest first.</summary>
    public ImmutableArray<FrameworkRegistration> RegistrationsOf(string key)
    {
        var mine = _registrations.Values.Where(registration => KeyOf(registration) == key)
            .OrderBy(registration => registration.RegisteredAt).ThenBy(registration => registration.Id.Value, StringComparer.Ordinal).ToList();
        var forgotten = mine.Where(registration => registration.Phase == FrameworkPhase.Completed).SkipLast(MostCompleted).ToHashSet();
        return [.. mine.Where(registration => !forgotten.Contains(registration))];
    }

    /// <summary>Keys that registrations have, whether or not the resource is there.</summary>
    public IEnumerable<string> Keys => _registrations.Values.Select(KeyOf).Distinct();

    /// <summary>Where Pods of frameworks are, or have been.</summary>
    public IEnumerable<string> Namespaces => Keys.Concat(_resources.Keys).Select(key => key.Split('/')[0]).Distinct();

    private void ForgetOldest()
    {
        var completed = _registrations.Values.Where(registration => registration.Phase == FrameworkPhase.Completed).ToList();
        if (completed.Count <= MostRemembered)
        {
            return;
        }

        foreach (var old in completed.OrderBy(registration => registration.ReregisteredAt).Take(completed.Count / 2))
        {
            _registrations.TryRemove(old.Id, out _);
        }
    }

    /// <summary>The resource that admitted it; else the one that fits it; else the one that would be made for it.</summary>
    private string KeyOf(FrameworkRegistration registration) =>
        registration.PolicyKey
        ?? _resources.Values.Where(resource => Fits(resource, registration)).Select(FrameworkSpecs.KeyOf).Order(StringComparer.Ordinal).FirstOrDefault()
        ?? KeyToMake(registration);

    /// <summary>A framework is not given what was meant for one of another name, or for another principal, because their resources would be called the same.</summary>
    private string KeyToMake(FrameworkRegistration registration)
    {
        var name = registration.Info.Name;
        var key = $"{defaults.Namespace}/{PodNames.DnsLabel(name, 63, "framework")}";
        return _resources.ContainsKey(key) ? $"{defaults.Namespace}/{PodNames.DnsLabel(name, 50, "framework")}-{PodNames.Hash(12, "framework", name)}" : key;
    }

    private static bool Fits(V1Alpha1MesosFramework resource, FrameworkRegistration registration) =>
        FrameworkSpecs.NameOf(resource) == registration.Info.Name
        && (resource.Spec.Principal is null || resource.Spec.Principal == registration.Info.Principal);
}
