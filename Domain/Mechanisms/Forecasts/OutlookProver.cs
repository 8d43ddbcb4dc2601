using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.Forecasts;

/// <summary>A prover, or several alike, as forecasts see it for one program. Immutable and shared by many forecasts.</summary>
public sealed record OutlookProver
{
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

    /// <summary>Whether it has a free slot.</summary>
    public bool IsFree { get; init; }

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

    /// <summary>Whether it would put up a bond.</summary>
    public bool CanBond(Credits bond) => bond <= FreeStake && (MaxBond is not { } most || bond <= most);
}
