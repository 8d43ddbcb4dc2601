using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;

namespace ProvingMarket.Domain.Routing;

/// <summary>Where an outcome belongs: what was run, on what kind of program, under which load.</summary>
[GenerateSerializer, Immutable, Alias("pm.CellKey")]
public sealed record CellKey
{
    /// <summary>The load bands: up to a quarter, half, three quarters and all of the slots in use.</summary>
    public const int Bands = 4;

    /// <summary>The instance.</summary>
    [Id(0)] public required string Instance { get; init; }

    /// <summary>The class of the program; empty for all.</summary>
    [Id(1)] public string Class { get; init; } = "";

    /// <summary>The load band, from 0; −1 for all.</summary>
    [Id(2)] public int Band { get; init; } = -1;

    /// <summary>The key as one text.</summary>
    public string Name => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Instance}|{Class}|{Band}");

    /// <summary>The key for every program and load.</summary>
    public CellKey Coarse => new() { Instance = Instance };

    /// <summary>The band of a load, 0–1.</summary>
    public static int BandOf(double load) => Math.Clamp((int)(load * Bands), 0, Bands - 1);

    /// <summary>The class of a program: its proof system and its size in powers of four.</summary>
    public static string ClassOf(Programs.ProgramSummary program) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{program.ProofSystem}/{System.Numerics.BitOperations.Log2((ulong)Math.Max(1, program.Work.Milli)) / 2}");
}

/// <summary>What has been seen of one cell, older outcomes counting less.</summary>
[GenerateSerializer, Immutable, Alias("pm.LearnedCell")]
public sealed record LearnedCell
{
    /// <summary>What it is of.</summary>
    [Id(0)] public required CellKey Key { get; init; }

    /// <summary>How many outcomes, weighted.</summary>
    [Id(1)] public double Count { get; init; }

    /// <summary>How many of them were expected to succeed.</summary>
    [Id(2)] public double Expected { get; init; }

    /// <summary>How many did.</summary>
    [Id(3)] public double Succeeded { get; init; }

    /// <summary>The residuals of their times.</summary>
    [Id(4)] public ImmutableArray<double> Times { get; init; } = Residuals.None;

    /// <summary>The residuals of their prices.</summary>
    [Id(5)] public ImmutableArray<double> Prices { get; init; } = Residuals.None;

    /// <summary>The censorship resistance that was expected, 1 − 2^−k each, summed.</summary>
    [Id(7)] public double ResistanceExpected { get; init; }

    /// <summary>The one that was seen.</summary>
    [Id(8)] public double ResistanceSeen { get; init; }

    /// <summary>What each account has added to the count; the smallest are forgotten when there are many.</summary>
    [Id(6)] public ImmutableArray<AccountShare> Accounts { get; init; } = [];

    /// <summary>The number of its last outcome among all of the market (<see cref="MarketStatistics.Version"/>); 0 when that is not known.</summary>
    [Id(9)] public long LastAt { get; init; }
}

/// <summary>What one account has added to a cell.</summary>
[GenerateSerializer, Immutable, Alias("pm.AccountShare")]
public sealed record AccountShare
{
    /// <summary>The account.</summary>
    [Id(0)] public required string Account { get; init; }

    /// <summary>How much.</summary>
    [Id(1)] public required double Weight { get; init; }
}

/// <summary>What was expected of the primary run of a plan, to be compared with what happened.</summary>
[GenerateSerializer, Immutable, Alias("pm.RouteBasis")]
public sealed record RouteBasis
{
    /// <summary>Where the outcome belongs.</summary>
    [Id(0)] public required CellKey Cell { get; init; }

    /// <summary>P(valid by the end of the stage) before what has been learned of successes, in millionths.</summary>
    [Id(1)] public required int ExpectedPpm { get; init; }

    /// <summary>The structural median of the time, in milliseconds.</summary>
    [Id(2)] public required long Milliseconds { get; init; }

    /// <summary>Its spread above the median, in thousandths.</summary>
    [Id(3)] public required int TimeSpread { get; init; }

    /// <summary>The structural median of the price.</summary>
    [Id(4)] public required Credits Price { get; init; }

    /// <summary>Its spread, in thousandths.</summary>
    [Id(5)] public required int PriceSpread { get; init; }

    /// <summary>The spread of the time below the median, in thousandths.</summary>
    [Id(7)] public required int TimeSpreadBelow { get; init; }

    /// <summary>The spreads of the time.</summary>
    public Spreads TimeSpreads => new(TimeSpread / 1000.0, TimeSpreadBelow / 1000.0);

    /// <summary>The spreads of the price.</summary>
    public Spreads PriceSpreads => new(PriceSpread / 1000.0, PriceSpread / 1000.0);

    /// <summary>How many independent provers were expected to hold the work, structurally, in thousandths.</summary>
    [Id(8)] public int ProversMilli { get; init; }

    /// <summary>The instance that was run.</summary>
    [Id(6)] public required MechanismInstance Instance { get; init; }
}

/// <summary>What became of the primary run of a routed request.</summary>
[GenerateSerializer, Immutable, Alias("pm.RouteOutcome")]
public sealed record RouteOutcome
{
    /// <summary>The request.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>Its account.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>The program.</summary>
    [Id(2)] public required string ProgramId { get; init; }

    /// <summary>What was expected.</summary>
    [Id(3)] public required RouteBasis Basis { get; init; }

    /// <summary>Whether a valid proof came by the end of the stage.</summary>
    [Id(4)] public required bool Succeeded { get; init; }

    /// <summary>How long it took from the submission, when it succeeded.</summary>
    [Id(5)] public TimeSpan Took { get; init; }

    /// <summary>What was paid, when it succeeded.</summary>
    [Id(6)] public Credits Paid { get; init; }

    /// <summary>The realised loss of quality of service of the whole request, in millionths.</summary>
    [Id(7)] public int LossPpm { get; init; }

    /// <summary>The loss that was expected, in millionths.</summary>
    [Id(8)] public int ExpectedLossPpm { get; init; }

    /// <summary>How many independent provers held the work, when the primary run succeeded.</summary>
    [Id(9)] public int Provers { get; init; }

    /// <summary>Whether the proof, by whichever run, came within the time stated to hold for nine of ten; null when none came.</summary>
    [Id(10)] public bool? TimeHeld { get; init; }

    /// <summary>Whether what was paid, to whichever run, was within the price stated so; null when no proof came.</summary>
    [Id(11)] public bool? PriceHeld { get; init; }

    /// <summary>When the time stated to hold for nine of ten was over.</summary>
    [Id(12)] public DateTimeOffset Due { get; init; }
}
