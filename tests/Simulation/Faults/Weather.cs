using MesosK8sBridge.Simulation.Time;

namespace MesosK8sBridge.Simulation.Faults;

internal enum WatchFate
{
    Well,
    Late,
    Twice,

    /// <summary>It overtakes those before it.</summary>
    Early,
    Lost,
}

internal enum CallFate
{
    Well,

    /// <summary>Refused for the moment: nothing has happened.</summary>
    Refused,

    /// <summary>The connection breaks before the request arrives.</summary>
    Lost,

    /// <summary>It is done, and the connection breaks before the answer arrives.</summary>
    AnswerLost,

    /// <summary>It is done, and the answer takes longer than anybody waits.</summary>
    TimedOut,

    /// <summary>It never arrives, and nobody says so for a while.</summary>
    Hung,
}

/// <summary>How calls to the API server, and its watches, fare at the moment.</summary>
internal sealed class Weather
{
    /// <summary>0: nothing goes wrong. 1: everything does.</summary>
    public double CallTrouble { get; set; }

    public double WatchTrouble { get; set; }

    /// <summary>No call arrives.</summary>
    public bool IsCutOff { get; set; }

    public TimeSpan Slowness { get; set; } = TimeSpan.FromMilliseconds(10);

    public long Troubles { get; private set; }

    public TimeSpan Latency(Random random) => Slowness * (0.2 + random.NextDouble());

    public CallFate OfCall(Random random)
    {
        if (IsCutOff)
        {
            Troubles++;
            return random.Is(0.5) ? CallFate.Lost : CallFate.Hung;
        }

        if (CallTrouble == 0 || !random.Is(CallTrouble))
        {
            return CallFate.Well;
        }

        Troubles++;
        return (CallFate)random.Next(1, 6);
    }

    public WatchFate OfWatch(Random random)
    {
        if (WatchTrouble == 0 || !random.Is(WatchTrouble))
        {
            return WatchFate.Well;
        }

        Troubles++;
        return (WatchFate)random.Next(1, 5);
    }
}
