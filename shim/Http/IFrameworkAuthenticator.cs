namespace MesosK8sBridge.Shim.Http;

/// <summary>Finds out who a framework is.</summary>
/// <remarks>Mesos: <c>--authenticate_http_frameworks</c>, realm <c>mesos-master-scheduler</c>.</remarks>
public interface IFrameworkAuthenticator
{
    /// <param name="authorization">The raw <c>Authorization</c> header; null if there is none.</param>
    ValueTask<Authentication> AuthenticateAsync(string? authorization, CancellationToken ct);

    /// <summary>
    /// Whether only who has authenticated as this principal may call itself so. It matters where frameworks may come without
    /// authenticating: <c>FrameworkInfo.principal</c> is anybody's to set.
    /// </summary>
    bool IsReserved(string principal) => false;
}

/// <summary>The challenges of Mesos' realms.</summary>
/// <remarks>Mesos: src/common/http.hpp, DEFAULT_HTTP_FRAMEWORK_AUTHENTICATION_REALM.</remarks>
internal static class Challenges
{
    public const string Scheduler = "Basic realm=\"mesos-master-scheduler\"";
}

/// <summary>What came of it.</summary>
public abstract record Authentication
{
    private Authentication()
    {
    }

    /// <summary>Frameworks are not asked.</summary>
    public sealed record NotAsked : Authentication;

    /// <param name="Principal">Its name; null if it has only claims, which Mesos' master does not accept.</param>
    public sealed record Accepted(string? Principal) : Authentication;

    /// <summary>Answered with 401 and this challenge.</summary>
    /// <param name="Challenge">For <c>WWW-Authenticate</c>, e.g. <c>Basic realm="mesos-master-scheduler"</c>.</param>
    public sealed record Refused(string Challenge) : Authentication;
}

/// <summary>Asks nobody: the default, as in Mesos.</summary>
internal sealed class NoAuthentication : IFrameworkAuthenticator
{
    private static readonly Authentication NotAsked = new Authentication.NotAsked();

    public ValueTask<Authentication> AuthenticateAsync(string? authorization, CancellationToken ct) => new(NotAsked);
}
