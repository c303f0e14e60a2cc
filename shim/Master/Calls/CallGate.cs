using MesosK8sBridge.Shim.Master.Frameworks;

namespace MesosK8sBridge.Shim.Master.Calls;

/// <summary>Whether a call comes from a framework that is here, on its current stream.</summary>
/// <remarks>Mesos: src/master/http.cpp, Master::Http::scheduler.</remarks>
internal sealed class CallGate(FrameworkTable frameworks)
{
    /// <returns>Why the call is turned away, or null with the framework it comes from.</returns>
    public SchedulerAnswer? Check(MasterInput.SchedulerCall input, out Framework? framework)
    {
        var id = new FrameworkId(input.Call.FrameworkId?.Value ?? "");
        framework = frameworks.Find(id);
        if (framework is null)
        {
            return SchedulerAnswer.BadRequest("Framework cannot be found");
        }

        if (input.Principal is { } principal && principal != framework.Principal)
        {
            return SchedulerAnswer.BadRequest(
                $"Authenticated principal '{principal}' does not match principal '{framework.Info.Principal}' set in `FrameworkInfo`");
        }

        if (framework.Stream is not { } current)
        {
            return SchedulerAnswer.Forbidden("Framework is not subscribed");
        }

        if (input.Stream is not { } stream)
        {
            return SchedulerAnswer.BadRequest("All non-subscribe calls should include the 'Mesos-Stream-Id' header");
        }

        return stream == current.ToString()
            ? null
            : SchedulerAnswer.BadRequest(
                $"The stream ID '{stream}' included in this request didn't match the stream ID currently associated with framework ID {id}");
    }
}
