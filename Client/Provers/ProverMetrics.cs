using System.Diagnostics.Metrics;

namespace ProvingMarket.Client.Provers;

/// <summary>The instruments of the meter <see cref="MeterName"/>. Every measurement is tagged with <c>prover</c>.</summary>
public sealed class ProverMetrics
{
    /// <summary>The meter.</summary>
    public const string MeterName = "ProvingMarket.Prover";

    /// <summary>Counter: leases taken.</summary>
    public const string Joined = "provingmarket.prover.jobs.joined";

    /// <summary>Counter: jobs that ended, tagged with <c>outcome</c>: won, outraced, closed, failed, late or givenback.</summary>
    public const string Ended = "provingmarket.prover.jobs.ended";

    /// <summary>Counter: invitations declined, tagged with <c>reason</c>.</summary>
    public const string Declined = "provingmarket.prover.invitations.declined";

    /// <summary>Histogram in seconds: time from the start of the backend to its proof or failure, tagged with <c>outcome</c>: proved, failed or
    /// stopped.</summary>
    public const string ProvingDuration = "provingmarket.prover.proving.duration";

    /// <summary>Counter in micro-credits: rewards.</summary>
    public const string Earned = "provingmarket.prover.earned";

    /// <summary>Up-down counter: invitations that wait for a slot.</summary>
    public const string Waiting = "provingmarket.prover.invitations.waiting";

    private readonly Counter<long> _joined;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _declined;
    private readonly Counter<long> _earned;
    private readonly Histogram<double> _proving;
    private readonly UpDownCounter<long> _waiting;
    private KeyValuePair<string, object?> _prover = new("prover", "");

    internal ProverMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _joined = meter.CreateCounter<long>(Joined, "{job}", "Leases taken.");
        _ended = meter.CreateCounter<long>(Ended, "{job}", "Jobs that ended, by outcome.");
        _declined = meter.CreateCounter<long>(Declined, "{invitation}", "Invitations declined, by reason.");
        _earned = meter.CreateCounter<long>(Earned, "{microcredit}", "Rewards.");
        _proving = meter.CreateHistogram<double>(ProvingDuration, "s", "Time the backend worked on a proof, by outcome.");
        _waiting = meter.CreateUpDownCounter<long>(Waiting, "{invitation}", "Invitations that wait for a slot.");
    }

    internal void SetProver(string proverId) => _prover = new("prover", proverId);

    internal void NoteJoined() => _joined.Add(1, _prover);

    internal void NoteEnded(JobOutcome outcome, Domain.Credits? reward)
    {
        _ended.Add(1, _prover, new("outcome", outcome.ToString().ToLowerInvariant()));
        if (reward is { } earned) _earned.Add(earned.Micro, _prover);
    }

    internal void NoteDeclined(Domain.ReasonCode reason) => _declined.Add(1, _prover, new("reason", reason.ToString()));

    internal void NoteProving(TimeSpan duration, string outcome) => _proving.Record(duration.TotalSeconds, _prover, new("outcome", outcome));

    internal void NoteWaiting(int change)
    {
        if (change != 0) _waiting.Add(change, _prover);
    }
}
