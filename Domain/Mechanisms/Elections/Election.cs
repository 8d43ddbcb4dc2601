using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>How an election is held.</summary>
[GenerateSerializer, Immutable, Alias("pm.ElectionTerms")]
public sealed record ElectionTerms
{
    /// <summary>Most seats.</summary>
    public const int HighestSeats = 64;

    /// <summary>Most backups.</summary>
    public const int HighestBackups = 64;

    private static readonly TimeSpan ShortestTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(1);

    /// <summary>How many provers work side by side.</summary>
    [Id(0)] public required int Seats { get; init; }

    /// <summary>How many are drawn beyond the seats, to be called in their order.</summary>
    [Id(1)] public int Backups { get; init; }

    /// <summary>How long a prover that is called has to take its lease up or to decline.</summary>
    [Id(2)] public TimeSpan AnswerWindow { get; init; }

    /// <summary>How long a prover has to deliver after its answer window; null for until the hard deadline.</summary>
    [Id(3)] public TimeSpan? DeliveryTime { get; init; }

    /// <summary>The exponent of the stake in a candidate's weight, in per cent.</summary>
    [Id(4)] public int AlphaPercent { get; init; } = Draw.HighestAlpha;

    /// <summary>The parameters as listed to users.</summary>
    public static readonly ImmutableArray<MechanismParameter> Listing =
    [
        new() { Name = "backups", Unit = "provers", Default = "8", Range = $"0 to {HighestBackups}", Meaning = "How many are drawn beyond the seats; they are called in their order when one declines, does not answer, misses its deadline or fails." },
        new() { Name = "answerWindow", Unit = "seconds", Default = "5", Range = "0.1 to 86400", Meaning = "How long a prover that is called has to take up its lease or to decline without penalty." },
        new() { Name = "deliveryTime", Unit = "seconds", Default = "until the hard deadline", Range = "0.1 to 86400", Meaning = "How long a prover has to deliver after its answer window; afterwards its bond is slashed and a backup is called." },
        new() { Name = "alpha", Unit = "per cent", Default = "100", Range = $"0 to {Draw.HighestAlpha}", Meaning = "The exponent of the stake in a candidate's weight, stake^alpha × reputation: 100 by stake, 0 regardless of it." },
    ];

    internal static ElectionTerms Read(ParameterReader reader, int seats)
    {
        var delivery = reader.Seconds("deliveryTime", TimeSpan.Zero, ShortestTime, LongestTime);
        return new ElectionTerms
        {
            Seats = seats,
            Backups = reader.Count("backups", 8, 0, HighestBackups, "provers"),
            AnswerWindow = reader.Seconds("answerWindow", TimeSpan.FromSeconds(5), ShortestTime, LongestTime),
            DeliveryTime = delivery > TimeSpan.Zero ? delivery : null,
            AlphaPercent = reader.Count("alpha", Draw.HighestAlpha, 0, Draw.HighestAlpha, "per cent"),
        };
    }
}

/// <summary>Where an election stands: what it adds to the state of its run.</summary>
[GenerateSerializer, Immutable, Alias("pm.Election")]
public sealed record Election
{
    /// <summary>How it is held.</summary>
    [Id(0)] public required ElectionTerms Terms { get; init; }

    /// <summary>The randomness committed to for the next draw; null once it has been used. Not to be shown before.</summary>
    [Id(1)] public Beacon? Beacon { get; init; }

    /// <summary>Those drawn that have not been called yet, in their order.</summary>
    [Id(2)] public ImmutableArray<string> Waiting { get; init; } = [];

    /// <summary>When candidates are looked for next, when there are none waiting.</summary>
    [Id(3)] public DateTimeOffset LookAt { get; init; }
}
