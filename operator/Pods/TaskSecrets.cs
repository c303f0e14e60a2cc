using System.Collections.Immutable;
using Google.Protobuf.Collections;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;
using Mesos = MesosK8sBridge.Protocol.V1;

namespace MesosK8sBridge.Operator.Pods;

/// <summary>
/// Secrets that a launch carries by value. They are taken out of it before anything is made of it, so that neither the Pod nor its
/// annotations, and no log or event, can have them; in their place are references to the Secret that is made beside the Pod.
/// </summary>
internal static class TaskSecrets
{
    /// <summary>The key of a reference that names none.</summary>
    public const string DefaultKey = "value";

    /// <param name="secretName">Of the Secret that will hold the values.</param>
    /// <param name="values">By key.</param>
    /// <returns>The launch itself if it carries none.</returns>
    public static MasterEffect.Launch TakeOut(MasterEffect.Launch launch, string secretName, out ImmutableSortedDictionary<string, byte[]> values)
    {
        values = ImmutableSortedDictionary<string, byte[]>.Empty;
        if (!launch.Tasks.SelectMany(All).Concat(All(launch.Executor)).Any(HasValue) && !Credentials(launch).Any())
        {
            return launch;
        }

        var bare = launch with { Tasks = [.. launch.Tasks.Select(task => task.Clone())], Executor = launch.Executor?.Clone() };
        var found = ImmutableSortedDictionary.CreateBuilder<string, byte[]>(StringComparer.Ordinal);
        foreach (var secret in bare.Tasks.SelectMany(All).Concat(All(bare.Executor)).Where(HasValue).ToList())
        {
            var key = $"secret-{found.Count}";
            found.Add(key, secret.Value!.Data.ToByteArray());
            (secret.Type, secret.Value) = (Secret.Types.Type.Reference, null);
            secret.Reference = new Secret.Types.Reference { Name = secretName, Key = key };
        }

        foreach (var credential in Credentials(bare).ToList())
        {
            credential.ClearSecret();
        }

        values = found.ToImmutable();
        return bare;
    }

    /// <summary>The Secrets made for a Pod, by what it refers to: they have names that follow from its own.</summary>
    public static IEnumerable<string> MadeFor(V1Pod pod)
    {
        var containers = (pod.Spec?.Containers ?? []).Concat(pod.Spec?.InitContainers ?? []);
        var referred = containers.SelectMany(container => container.Env ?? []).Select(variable => variable.ValueFrom?.SecretKeyRef?.Name)
            .Concat((pod.Spec?.Volumes ?? []).Select(volume => volume.Secret?.SecretName))
            .Concat((pod.Spec?.ImagePullSecrets ?? []).Select(secret => secret.Name));
        return referred.OfType<string>().Where(name => name == pod.Name() || name.StartsWith(PullSecrets.PrefixOf(pod.Name()), StringComparison.Ordinal)).Distinct();
    }

    public static bool HasValue(Secret secret) => secret.Value is not null;

    /// <summary>Each place where a task can carry one.</summary>
    public static IEnumerable<Secret> All(TaskInfo task) =>
        Of(task.Command).Concat(Of(task.HealthCheck?.Command)).Concat(Of(task.Check?.Command?.Command_)).Concat(Of(task.Container)).Concat(Of(task.Resources))
            .Concat(All(task.Executor));

    public static IEnumerable<Secret> All(ExecutorInfo? executor) =>
        executor is null ? [] : Of(executor.Command).Concat(Of(executor.Container)).Concat(Of(executor.Resources));

    /// <returns>Null with a refusal if no Secret of Kubernetes can have the name.</returns>
    /// <remarks>Secret stores of Mesos have paths for names; a slash becomes a dot here.</remarks>
    public static (string Name, string Key)? Place(Secret secret, out Refusal? refusal)
    {
        var reference = secret.Reference;
        var name = reference?.Name.Trim('/').Replace('/', '.') ?? "";
        var key = reference is { HasKey: true, Key.Length: > 0 } ? reference.Key : DefaultKey;
        refusal = PodNames.IsSubdomain(name) && PodNames.IsConfigKey(key)
            ? null
            : Refusal.Invalid($"Secret '{reference?.Name}' with key '{key}' cannot be a Secret of Kubernetes");
        return refusal is null ? (name, key) : null;
    }

    /// <summary>What the task may not have, of what it refers to.</summary>
    public static Refusal? Problem(TaskInfo task, PodPolicy policy)
    {
        foreach (var secret in All(task))
        {
            if (HasValue(secret))
            {
                continue;
            }

            if (Place(secret, out var refusal) is not { } place)
            {
                return refusal;
            }

            if (!policy.AllowsSecret(place.Name))
            {
                return Refusal.Forbidden($"Secret '{place.Name}'");
            }
        }

        return null;
    }

    private static IEnumerable<Secret> Of(CommandInfo? command) => (command?.Environment?.Variables ?? []).Select(v => v.Secret).OfType<Secret>();

    private static IEnumerable<Secret> Of(ContainerInfo? container) =>
        container is null ? [] : Of(container.Mesos?.Image).Concat(container.Volumes.SelectMany(Of));

    private static IEnumerable<Secret> Of(Volume volume)
    {
        var csi = volume.Source?.CsiVolume?.StaticProvisioning;
        return Of(volume.Image).Concat(One(volume.Source?.Secret)).Concat(Of(csi?.NodeStageSecrets)).Concat(Of(csi?.NodePublishSecrets));
    }

    private static IEnumerable<Secret> Of(RepeatedField<Resource> resources) =>
        resources.Select(r => r.Disk?.Volume).OfType<Volume>().SelectMany(Of);

    private static IEnumerable<Secret> Of(Mesos.Image? image) => One(image?.Docker?.Config);

    private static IEnumerable<Secret> Of(MapField<string, Secret>? secrets) => secrets?.Values ?? Enumerable.Empty<Secret>();

    private static IEnumerable<Secret> One(Secret? secret) => secret is null ? [] : [secret];

    /// <summary>Mesos never used them, and they hold passwords.</summary>
    private static IEnumerable<Credential> Credentials(MasterEffect.Launch launch) =>
        launch.Tasks.SelectMany(task => Images(task.Container, task.Resources).Concat(Images(task.Executor)))
            .Concat(Images(launch.Executor))
            .Select(image => image?.Docker?.Credential).OfType<Credential>().Where(credential => credential.HasSecret);

    private static IEnumerable<Mesos.Image?> Images(ExecutorInfo? executor) => executor is null ? [] : Images(executor.Container, executor.Resources);

    private static IEnumerable<Mesos.Image?> Images(ContainerInfo? container, RepeatedField<Resource> resources) =>
        (container?.Volumes ?? Enumerable.Empty<Volume>()).Concat(resources.Select(resource => resource.Disk?.Volume).OfType<Volume>())
            .Select(volume => volume.Image).Append(container?.Mesos?.Image);
}
