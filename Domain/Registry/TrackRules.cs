using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;

namespace ProvingMarket.Domain.Registry;

/// <summary>How outcomes of leases change what the market thinks of a prover, and what follows from it.</summary>
public static class TrackRules
{
    /// <summary>After so many misses in a row a prover is paused.</summary>
    public const int FailuresBeforePause = 3;

    /// <summary>So many leases of a program have to be measured before the measurement counts instead of the declaration.</summary>
    public const int LeasesBeforeTrust = 3;

    /// <summary>The first pause; every further miss in a row doubles it.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    /// <summary>The longest pause.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    // An outcome counts half when about 50 have come after it (0.986^50 = 0.5).
    private const double Remembered = 0.986;

    // The weight of a new measurement once there are a few.
    private const double NewestWeight = 0.2;

    /// <summary>The record after a lease has ended. Only completed leases and failures (<see cref="LeaseEnding.IsFailure"/>) say something about the prover; one that was
    /// not taken up in time counts like a missed one.</summary>
    /// <param name="record">The record so far.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="ending">How it ended.</param>
    /// <param name="now">When it ended.</param>
    public static TrackRecord After(TrackRecord record, Lease lease, LeaseEnding ending, DateTimeOffset now) => ending switch
    {
        { Outcome: LeaseOutcome.Complete } => Measure(record, lease, ending.Took) with
        {
            Successes = record.Successes * Remembered + 1, Failures = record.Failures * Remembered, FailuresInRow = 0, PausedUntil = default,
        },
        { IsFailure: true } => record with
        {
            Successes = record.Successes * Remembered,
            Failures = record.Failures * Remembered + 1,
            FailuresInRow = record.FailuresInRow + 1,
            PausedUntil = record.FailuresInRow + 1 < FailuresBeforePause ? record.PausedUntil : now + PauseAfter(record.FailuresInRow + 1),
        },
        _ => record,
    };

    /// <summary>The record with the throughput of these programs only.</summary>
    public static TrackRecord Keep(TrackRecord record, ImmutableArray<string> programs)
    {
        var others = record.Throughput.Keys.Where(program => !programs.Contains(program)).ToArray();
        return others.Length == 0 ? record : record with { Throughput = record.Throughput.RemoveRange(others) };
    }

    /// <summary>Refuses a prover that is paused, or that has been paused and already has the one lease on which it is tried; null when it is neither.</summary>
    public static Refusal? CheckPause(ProverRecord prover, DateTimeOffset now)
    {
        if (!IsPaused(prover, now)) return null;
        var limit = now < prover.Track.PausedUntil
            ? $"a prover that is not paused; this one is until {prover.Track.PausedUntil:O}"
            : "one lease at a time until one is completed";
        return Refusal.Of(ReasonCode.ProverPaused, "proverId", limit, prover.Offer.ProverId);
    }

    /// <summary>Whether a prover is paused, or has been paused and already has the one lease on which it is tried.</summary>
    public static bool IsPaused(ProverRecord prover, DateTimeOffset now) =>
        prover.Track.FailuresInRow >= FailuresBeforePause && (now < prover.Track.PausedUntil || !prover.Leases.IsEmpty);

    /// <summary>How long a proof of a program will take the prover in one slot: by what was measured once that is enough, until then by what it
    /// declares.</summary>
    public static TimeSpan ExpectedTime(ProverRecord prover, string programId, WorkUnits work)
    {
        var seconds = work.Milli / RateOf(prover, programId);
        return seconds >= MarketLimits.DeadlineHorizon.TotalSeconds ? MarketLimits.DeadlineHorizon : TimeSpan.FromSeconds(seconds);
    }

    /// <summary>How fast the prover is in one slot, in thousandths of a work unit a second: measured once that is enough, declared until then.</summary>
    public static double RateOf(ProverRecord prover, string programId) =>
        prover.Track.Throughput.GetValueOrDefault(programId) is { Leases: >= LeasesBeforeTrust } measured
            ? measured.MilliUnitsPerSecond
            : prover.Offer.MilliUnitsPerSecond;

    /// <summary>Refuses a prover that cannot be expected to finish by the deadline; null when it can.</summary>
    public static Refusal? CheckTime(ProverRecord prover, string programId, WorkUnits work, DateTimeOffset deadline, DateTimeOffset now)
    {
        if (IsInTime(prover, programId, work, deadline, now)) return null;
        var expected = ExpectedTime(prover, programId, work);
        return Refusal.Of(ReasonCode.DeadlineTooSoon, "deadline", $"at least {expected} from now, which this prover needs", $"{deadline - now}");
    }

    /// <summary>Whether a prover can be expected to finish by the deadline.</summary>
    public static bool IsInTime(ProverRecord prover, string programId, WorkUnits work, DateTimeOffset deadline, DateTimeOffset now) =>
        now + ExpectedTime(prover, programId, work) <= deadline;

    private static TimeSpan PauseAfter(int failuresInRow)
    {
        var doublings = Math.Min(failuresInRow - FailuresBeforePause, 30);
        var pause = FirstPause * Math.Pow(2, doublings);
        return pause < LongestPause ? pause : LongestPause;
    }

    private static TrackRecord Measure(TrackRecord record, Lease lease, TimeSpan? took)
    {
        // By the run's clock alone: the registry's, by which the lease was granted, may be another silo's.
        if (took is not { } time || lease.Work.Milli <= 0) return record;
        var rate = lease.Work.Milli / Math.Max(time.TotalSeconds, 0.001);
        var known = record.Throughput.GetValueOrDefault(lease.ProgramId);
        var weight = known is null ? 1 : Math.Max(NewestWeight, 1.0 / (known.Leases + 1));
        var mean = known is null ? rate : Math.Exp(((1 - weight) * Math.Log(known.MilliUnitsPerSecond)) + (weight * Math.Log(rate)));
        return record with
        {
            Throughput = record.Throughput.SetItem(
                lease.ProgramId, new MeasuredThroughput { MilliUnitsPerSecond = mean, Leases = (known?.Leases ?? 0) + 1 }),
        };
    }
}
