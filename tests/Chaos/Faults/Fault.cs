namespace MesosK8sBridge.Chaos.Faults;

/// <summary>How a leader ends.</summary>
internal enum Ending
{
    Kill,
    HandOver,
}

/// <summary>What befalls the way to the API server at about the same time.</summary>
internal enum Trouble
{
    None,

    /// <summary>Every connection of both bridges is cut, watches among them.</summary>
    Cut,

    /// <summary>Nothing passes between the leader and the API server, in neither direction.</summary>
    StallLeader,

    StallStandby,

    /// <summary>SIGSTOP, later SIGCONT.</summary>
    PauseApiServer,

    /// <summary>kill -9, and a new one on the same data.</summary>
    RestartApiServer,
}

/// <param name="Wait">From there being a leader whom all frameworks have found and given something to do, to its end.</param>
/// <param name="IsHasty">Not all frameworks need to have found the leader.</param>
/// <param name="RestartAfter">Until the ended process is started again.</param>
/// <param name="TroubleAfter">From the moment the wait begins.</param>
internal sealed record Fault(
    int Number, Ending Ending, TimeSpan Wait, bool IsHasty, TimeSpan RestartAfter, Trouble Trouble, TimeSpan TroubleAfter, TimeSpan TroubleLength);

/// <summary>Which faults, how long after each other. A function of the options.</summary>
internal static class FaultPlan
{
    public static IReadOnlyList<Fault> Of(ChaosOptions options, bool canTroubleServer)
    {
        var random = new Random(options.Seed);
        var endings = Enumerable.Repeat(Ending.Kill, options.Kills).Concat(Enumerable.Repeat(Ending.HandOver, options.HandOvers)).ToArray();
        random.Shuffle(endings);
        return [.. endings.Select((ending, number) => Next(number + 1, ending, options.Troubles, canTroubleServer, random))];
    }

    private static Fault Next(int number, Ending ending, bool troubles, bool canTroubleServer, Random random)
    {
        var wait = random.Next(4) == 0 ? Between(0, 0.3, random) : Between(0.3, 2.0, random);
        var isHasty = random.Next(8) == 0;
        var restartAfter = Between(0, 1.5, random);
        var trouble = Pick(random.Next(100), troubles, canTroubleServer);
        return new Fault(number, ending, wait, isHasty, restartAfter, trouble, Between(0, wait.TotalSeconds + 1, random), Between(0.5, 5, random));
    }

    private static Trouble Pick(int percent, bool troubles, bool canTroubleServer) => percent switch
    {
        _ when !troubles => Trouble.None,
        < 12 => Trouble.Cut,
        < 20 => Trouble.StallLeader,
        < 25 => Trouble.StallStandby,
        < 34 when canTroubleServer => Trouble.PauseApiServer,
        < 38 when canTroubleServer => Trouble.RestartApiServer,
        _ => Trouble.None,
    };

    private static TimeSpan Between(double from, double to, Random random) => TimeSpan.FromSeconds(from + ((to - from) * random.NextDouble()));
}
