using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Credentials;
using MesosK8sBridge.Shim.Master;

namespace MesosK8sBridge.Operator.Frameworks;

/// <summary>
/// The conditions Admitted, CredentialsReady (of those that name a Secret), Connected, Ready and LossesHeld, each with a stable reason.
/// </summary>
internal static class FrameworkConditions
{
    public static IList<V1Condition> Of(
        V1Alpha1MesosFramework resource,
        V1Alpha1MesosFramework? precedence,
        CredentialFinding? credentials,
        FrameworkRegistration? main,
        int lossesHeld,
        DateTimeOffset now)
    {
        var admitted = Admitted(resource, precedence);
        var proven = credentials is null ? (Finding?)null : new Finding(credentials.IsReady, credentials.Reason, credentials.Message);
        var connected = Connected(main);
        var ready = !admitted.Is ? admitted
            : proven is { Is: false } missing ? missing
            : connected.Is ? new Finding(true, "Ready", "The framework is admitted and connected")
            : connected;
        return
        [
            Write(resource, "Admitted", admitted, now),
            .. proven is { } found ? [Write(resource, "CredentialsReady", found, now)] : Array.Empty<V1Condition>(),
            Write(resource, "Connected", connected, now),
            Write(resource, "Ready", ready, now),
            Write(resource, "LossesHeld", Losses(lossesHeld), now),
        ];
    }

    private static Finding Admitted(V1Alpha1MesosFramework resource, V1Alpha1MesosFramework? precedence) =>
        FrameworkSpecs.Problem(resource.Spec) is { } problem ? new(false, "InvalidSpec", problem)
        : precedence is not null ? new(false, "Duplicate", $"{FrameworkSpecs.KeyOf(precedence)} admits the same framework, and is older")
        : new(true, "Admitted", $"Framework '{FrameworkSpecs.NameOf(resource)}' may register");

    private static Finding Connected(FrameworkRegistration? main) => main?.Phase switch
    {
        null => new(false, "NeverRegistered", "No framework of that name has registered"),
        FrameworkPhase.Connected => new(true, "Subscribed", "The framework is subscribed"),
        FrameworkPhase.Disconnected => new(false, "Disconnected", "The framework's stream is gone; its tasks run on until the failover deadline"),
        FrameworkPhase.Recovered => new(false, "Recovered", "The framework has not subscribed again since the bridge was restarted"),
        _ => new(false, "Completed", "The framework was torn down, or has been away for too long"),
    };

    /// <summary>The one condition that is bad when it is true: somebody should look at the cluster before more is told.</summary>
    private static Finding Losses(int held) =>
        held == 0
            ? new(false, "NoneHeld", "Nothing seems lost that the framework has not been told of")
            : new(
                true,
                "TooMany",
                $"{held} tasks seem lost, more at once than are told without confirmation. They are told little by little, or all of them "
                + $"when the annotation {FrameworkSpecs.ConfirmLosses} gets a new value");

    private static V1Condition Write(V1Alpha1MesosFramework resource, string type, Finding finding, DateTimeOffset now) =>
        Conditions.Write(resource, resource.Status?.Conditions, type, finding.Is, finding.Reason, finding.Message, now);

    private readonly record struct Finding(bool Is, string Reason, string Message);
}
