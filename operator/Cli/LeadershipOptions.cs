using System.CommandLine;
using MesosK8sBridge.Operator.Bridge;

namespace MesosK8sBridge.Operator.Cli;

/// <summary>The options by which several bridges agree which of them leads.</summary>
internal sealed class LeadershipOptions
{
    private static readonly LeadershipSettings Defaults = new();

    private readonly Setting<bool> _elect = Setting<bool>.Flag(
        "--leader-elect", "Lead only while holding a lease, so that several bridges can be in front of one cluster.", fallback: true);

    private readonly Setting<string?> _namespace = new(
        "--lease-namespace", "NAME", "Namespace of that lease; none: that of the context.", Readers.Label, null, null);

    private readonly Setting<string?> _name = new(
        "--lease-name", "NAME", "Its name; bridges with different ones know nothing of each other.", Readers.Label, Defaults.Name, Defaults.Name);

    private readonly Setting<TimeSpan> _duration = Setting<TimeSpan>.Duration(
        "--lease-duration",
        "How long others wait for a sign of life of the leader before one of them takes over; whole seconds, 1s to 10m.",
        TimeSpan.FromSeconds(1),
        TimeSpan.FromMinutes(10),
        Defaults.LeaseDuration);

    private readonly Setting<TimeSpan> _renewDeadline = Setting<TimeSpan>.Duration(
        "--lease-renew-deadline",
        "How long a leader goes on that cannot renew its lease; less than the duration, as it needs the rest to stop.",
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromMinutes(10),
        Defaults.RenewDeadline);

    private readonly Setting<TimeSpan> _retryPeriod = Setting<TimeSpan>.Duration(
        "--lease-retry-period",
        "Between two renewals; less than the renew deadline. Others look at the lease four times as often.",
        TimeSpan.FromMilliseconds(50),
        TimeSpan.FromMinutes(1),
        Defaults.RetryPeriod);

    public IEnumerable<Option> All => [_elect, _namespace, _name, _duration, _renewDeadline, _retryPeriod];

    public IEnumerable<string> Problems(ParseResult result)
    {
        if (_duration.In(result).Ticks % TimeSpan.TicksPerSecond != 0)
        {
            yield return "--lease-duration: a lease counts whole seconds";
        }

        if (!(_retryPeriod.In(result) < _renewDeadline.In(result) && _renewDeadline.In(result) < _duration.In(result)))
        {
            yield return "--lease-retry-period must be less than --lease-renew-deadline, and that less than --lease-duration";
        }
    }

    /// <param name="namespace">Where <c>--lease-namespace</c> is not given; null: <c>default</c>.</param>
    /// <returns>Null: this bridge leads, whoever else there is.</returns>
    public LeadershipSettings? Read(ParseResult result, string? @namespace) => !_elect.In(result) ? null : new LeadershipSettings
    {
        Namespace = _namespace.In(result) ?? @namespace ?? Defaults.Namespace,
        Name = _name.In(result)!,
        LeaseDuration = _duration.In(result),
        RenewDeadline = _renewDeadline.In(result),
        RetryPeriod = _retryPeriod.In(result),
    };
}
