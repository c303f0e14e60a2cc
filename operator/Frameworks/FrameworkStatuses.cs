using System.Collections.Immutable;
using System.Text;
using Google.Protobuf.Reflection;
using MesosK8sBridge.Kubernetes;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Operator.Pods;
using MesosK8sBridge.Protocol;
using MesosK8sBridge.Protocol.V1;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Frameworks;

/// <summary>Writes and reads the status of a <see cref="V1Alpha1MesosFramework"/>. Functions of their arguments.</summary>
internal static class FrameworkStatuses
{
    /// <param name="resource">Its present status keeps the times of conditions that have not changed.</param>
    /// <param name="figures">Of the registration that is summed up.</param>
    public static V1Alpha1MesosFrameworkStatus Of(
        V1Alpha1MesosFramework resource,
        V1Alpha1MesosFramework? precedence,
        CredentialFinding? credentials,
        ImmutableArray<FrameworkRegistration> registrations,
        Func<FrameworkRegistration, FrameworkFigures> figures,
        int lossesHeld,
        DateTimeOffset now)
    {
        var main = registrations.LastOrDefault(r => r.Phase != FrameworkPhase.Completed) ?? registrations.LastOrDefault();
        var counts = main is null ? FrameworkFigures.None : figures(main);
        return new V1Alpha1MesosFrameworkStatus
        {
            ObservedGeneration = resource.Metadata.Generation,
            FrameworkId = main?.Id.Value,
            Phase = main?.Phase.ToString(),
            ConnectedSince = main?.Phase == FrameworkPhase.Connected ? WholeSeconds(main.ReregisteredAt) : null,
            Tasks = counts.TasksByState.Where(state => !TaskStates.IsTerminal(state.Key)).Sum(state => state.Value),
            TasksByState = new SortedDictionary<string, int>(
                counts.TasksByState.ToDictionary(state => NameOf(state.Key), state => state.Value), StringComparer.Ordinal),
            Offers = counts.Offers,
            Resources = new SortedDictionary<string, double>(counts.Used, StringComparer.Ordinal),
            LossesHeld = lossesHeld,
            ConfirmedLosses = resource.GetAnnotation(FrameworkSpecs.ConfirmLosses) is { Length: > 0 } confirmed ? confirmed : resource.Status?.ConfirmedLosses,
            Registrations = [.. registrations.Select(Write)],
            Conditions = FrameworkConditions.Of(resource, precedence, credentials, main, lossesHeld, now),
        };
    }

    /// <summary>All registrations that a resource stores; those that cannot be read are left out, and named.</summary>
    public static IEnumerable<FrameworkRegistration> Read(V1Alpha1MesosFramework resource, ICollection<string> unreadable)
    {
        foreach (var stored in resource.Status?.Registrations ?? [])
        {
            if (Read(stored, FrameworkSpecs.KeyOf(resource)) is { } registration)
            {
                yield return registration;
            }
            else
            {
                unreadable.Add(stored.Id ?? "");
            }
        }
    }

    private static FrameworkRegistration? Read(V1Alpha1Registration stored, string key)
    {
        try
        {
            var info = MesosJson.Parse<FrameworkInfo>(Encoding.UTF8.GetBytes(stored.Info ?? ""));
            var registered = stored.RegisteredAt ?? DateTimeOffset.UnixEpoch;
            return info.Id?.Value is { Length: > 0 } && Enum.TryParse<FrameworkPhase>(stored.Phase, out var phase)
                ? new FrameworkRegistration(info, key, phase, registered, stored.ReregisteredAt ?? registered, stored.FailoverDeadline)
                : null;
        }
        catch (MesosJsonException)
        {
            return null;
        }
    }

    private static V1Alpha1Registration Write(FrameworkRegistration registration) => new()
    {
        Id = registration.Id.Value,
        Phase = registration.Phase.ToString(),
        Info = MesosJson.ToText(registration.Info),
        RegisteredAt = WholeSeconds(registration.RegisteredAt),
        ReregisteredAt = WholeSeconds(registration.ReregisteredAt),
        FailoverDeadline = registration.FailoverDeadline is { } deadline ? WholeSeconds(deadline) : null,
    };

    /// <summary>As they come back from the API server, so that what was written compares equal.</summary>
    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    private static string NameOf(TaskState state) =>
        MesosReflection.Descriptor.EnumTypes.Single(type => type.Name == "TaskState").FindValueByNumber((int)state).Name;
}
