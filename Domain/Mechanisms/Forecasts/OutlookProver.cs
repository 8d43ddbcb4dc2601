using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.Forecasts;

/// <summary>A prover, or several alike, as forecasts see it for one program. Immutable and shared by many forecasts.</summary>
public sealed record OutlookProver
{
    /// <summary>Queues are reckoned with no higher load than this: beyond, they would have no end.</summary>
    private const double HighestLoad = 0.95;

    // Computed once for a view of the supply, and not in each of the forecasts that need it.
    private readonly double _logFails;

    /// <summary>The prover; of several alike, one of them.</summary>
    public required string ProverId { get; init; }

    /// <summary>The account it is paid on.</summary>
    public required string Account { get; init; }

    /// <summary>Hardware tags.</summary>
    public ImmutableArray<string> Hardware { get; init; } = [];

    /// <summary>Expected time for a proof, in seconds: measured, or else declared, and half as much again while all slots are in use.</summary>
    public required double Seconds { get; init; }

    /// <summary>What it asks for the proof.</summary>
    public required Credits Price { get; init; }

    /// <summary>What its standing ask in the order book comes to; null when it has none open.</summary>
    public Credits? BookPrice { get; init; }

    /// <summary>The probability that it delivers what it takes, 0–1: its reputation.</summary>
    public required double Success
    {
        get;
        init
        {
            field = value;
            _logFails = Math.Log(1 - Math.Clamp(value, 0, 1));
        }
    }

    /// <summary>Stake that stays.</summary>
    public Credits Stake { get; init; }

    /// <summary>Stake that can still be bonded.</summary>
    public Credits FreeStake { get; init; }

    /// <summary>The highest bond it puts under a lease; null for no limit.</summary>
    public Credits? MaxBond { get; init; }

    /// <summary>Expected time for a proof once a slot is free for it, in seconds.</summary>
    public required double Service { get; init; }

    /// <summary>How many proofs it makes at a time.</summary>
    public required int Slots { get; init; }

    /// <summary>How many of its slots are in use.</summary>
    public required int Busy { get; init; }

    /// <summary>Whether it has a free slot.</summary>
    public bool IsFree => Busy < Slots;

    /// <summary>Whether it is paused after repeated misses.</summary>
    public bool IsPaused { get; init; }

    /// <summary>How many provers it stands for, 1 or more.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>1 over the number of provers of its account: what it adds to the number of independent provers.</summary>
    public double Independence { get; init; } = 1;

    /// <summary>The logarithm of the probability that it, and all that it stands for, fail.</summary>
    internal double LogAllFail => Weight * _logFails;

    /// <summary>Its weight in an election by stake and reputation.</summary>
    public double ElectionWeight => Math.Max(1, Stake.Micro) * Success;

    /// <summary>How many slots of it, and of all that it stands for, become free for one request in a second while all are in use: each ends its work once in a service time, and the more of the
    /// market's slots are in use, the likelier another request waits for the same.</summary>
    /// <param name="load">The share of slots in use, 0–1.</param>
    public double FreeingRate(double load) => Weight * Slots / Service * (1 - Math.Clamp(load, 0, HighestLoad));

    /// <summary>The probability that it has a free slot at a later time: each slot is a Markov chain of two states that ends its work once in a service time and is taken up as often as keeps the
    /// market's share of slots in use, so that what is known of it now fades towards that share (the transient of a telegraph process; Karlin and Taylor, <i>A First Course in Stochastic
    /// Processes</i>, 1975, chapter 4).</summary>
    /// <param name="seconds">How much later.</param>
    /// <param name="load">The share of slots in use, 0–1.</param>
    public double FreeAfter(double seconds, double load)
    {
        if (seconds <= 0) return IsFree ? 1 : 0;
        var used = Math.Clamp(load, 0, HighestLoad);
        var faded = 1 - Math.Exp(-seconds / (Service * (1 - used)));
        return 1 - (Math.Pow(used * faded, Slots - Busy) * Math.Pow(1 - ((1 - used) * faded), Busy));
    }

    /// <summary>Whether it would put up a bond.</summary>
    public bool CanBond(Credits bond) => bond <= FreeStake && (MaxBond is not { } most || bond <= most);
}
