using System.Collections.Immutable;
using System.Numerics;

namespace ProvingMarket.Domain.Mechanisms.Race;

/// <summary>What the winners of a race are paid, and how long the race waits for further ones.</summary>
[GenerateSerializer, Immutable, Alias("pm.RacePrize")]
public sealed record RacePrize
{
    /// <summary>Most winners.</summary>
    public const int HighestWinners = 16;

    private static readonly TimeSpan ShortestTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(1);

    /// <summary>What all winners together are paid at most, before decay.</summary>
    [Id(0)] public required Credits Reward { get; init; }

    /// <summary>How many verified proofs are paid, 1–16.</summary>
    [Id(1)] public int Winners { get; init; } = 1;

    /// <summary>What each further winner gets of the share of the one before, in per cent, 0–100.</summary>
    [Id(2)] public int SplitPercent { get; init; }

    /// <summary>How the reward falls between the deadlines.</summary>
    [Id(3)] public RewardDecay Decay { get; init; } = RewardDecay.Linear;

    /// <summary>The half-life of the reward after the soft deadline, for <see cref="RewardDecay.HalfLife"/>.</summary>
    [Id(4)] public TimeSpan HalfLife { get; init; }

    /// <summary>How long the first proof is kept back for further winners, when there may be several.</summary>
    [Id(5)] public TimeSpan Hold { get; init; }

    /// <summary>The parameters as listed to users.</summary>
    public static readonly ImmutableArray<MechanismParameter> Listing =
    [
        new() { Name = "reward", Unit = "credits", Default = "the request's max price", Range = "above 0, at most the max price", Meaning = "Paid to all winners together at most, before decay." },
        new() { Name = "winners", Unit = "provers", Default = "1", Range = $"1 to {HighestWinners}", Meaning = "How many verified proofs are paid." },
        new() { Name = "split", Unit = "per cent", Default = "50", Range = "0 to 100", Meaning = "What each further winner gets of the share of the one before; 0: the first takes all." },
        new() { Name = "decay", Unit = "", Default = "linear", Range = "linear, halfLife or none", Meaning = "How the reward falls from the soft to the hard deadline: linearly to 0, by halves, or not at all." },
        new() { Name = "halfLife", Unit = "seconds", Default = "10", Range = "0.1 to 86400", Meaning = "The time in which the reward halves, with decay halfLife." },
        new() { Name = "hold", Unit = "seconds", Default = "5", Range = "0.1 to 86400", Meaning = "With several winners: how long the first proof is kept back for the others." },
    ];

    /// <summary>What the proof in a place is paid when it arrives at a time.</summary>
    /// <param name="place">The place, 1 for the first.</param>
    /// <param name="receivedAt">When it arrived.</param>
    /// <param name="soft">The soft deadline.</param>
    /// <param name="hard">The hard deadline.</param>
    public Credits At(int place, DateTimeOffset receivedAt, DateTimeOffset soft, DateTimeOffset hard) => Decayed(ShareOf(place), receivedAt, soft, hard);

    /// <summary>The share of a place before decay: reward·q^(place−1) / Σ q^k over all places, rounded down, with q the split. The shares together
    /// are at most the reward.</summary>
    /// <param name="place">The place, 1 for the first.</param>
    public Credits ShareOf(int place)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(place, 1);
        if (place > Winners) return Credits.Zero;
        var sum = BigInteger.Zero;
        for (var k = 1; k <= Winners; k++) sum += WeightOf(k);
        return new Credits((long)(Reward.Micro * WeightOf(place) / sum));
    }

    /// <summary>An amount at the time a proof arrived: whole up to the soft deadline, nothing after the hard deadline. In between it is whole without
    /// decay; amount·(hard − t)/(hard − soft) with linear decay, so nothing at the hard deadline itself; with half-life H, after n whole halvings
    /// and a rest r, amount·(2H − r)/2H / 2^n, in straight lines between the halvings, and nothing at the hard deadline. Rounded down.</summary>
    public Credits Decayed(Credits amount, DateTimeOffset receivedAt, DateTimeOffset soft, DateTimeOffset hard)
    {
        if (receivedAt <= soft) return amount;
        if (receivedAt > hard) return Credits.Zero;
        return Decay switch
        {
            RewardDecay.None => amount,
            RewardDecay.Linear => amount.Scale((hard - receivedAt).Ticks, (hard - soft).Ticks),
            _ => receivedAt == hard ? Credits.Zero : Halved(amount, receivedAt - soft),
        };
    }

    /// <summary>Reads the parameters of a prize.</summary>
    internal static RacePrize Read(ParameterReader reader, Credits maxPrice)
    {
        var winners = reader.Count("winners", 1, 1, HighestWinners, "provers");
        return new RacePrize
        {
            Reward = reader.Money("reward", maxPrice, new Credits(1), maxPrice),
            Winners = winners,
            SplitPercent = reader.Count("split", 50, 0, 100, "per cent"),
            Decay = reader.Word("decay", RewardDecay.Linear, ("linear", RewardDecay.Linear), ("halfLife", RewardDecay.HalfLife), ("none", RewardDecay.None)),
            HalfLife = reader.Seconds("halfLife", TimeSpan.FromSeconds(10), ShortestTime, LongestTime),
            Hold = reader.Seconds("hold", TimeSpan.FromSeconds(5), ShortestTime, LongestTime),
        };
    }

    // q^(place−1) over a common denominator, so that the arithmetic is exact.
    private BigInteger WeightOf(int place) => BigInteger.Pow(SplitPercent, place - 1) * BigInteger.Pow(100, Winners - place);

    private Credits Halved(Credits amount, TimeSpan after)
    {
        var (halvings, rest) = Math.DivRem(after.Ticks, HalfLife.Ticks);
        return halvings > 62 ? Credits.Zero : new Credits(amount.Scale((2 * HalfLife.Ticks) - rest, 2 * HalfLife.Ticks).Micro >> (int)halvings);
    }
}

/// <summary>How a reward falls between the soft and the hard deadline.</summary>
public enum RewardDecay
{
    /// <summary>From the full reward at the soft deadline to nothing at the hard deadline, in a straight line.</summary>
    Linear = 0,
    /// <summary>The full reward until the hard deadline.</summary>
    None = 1,
    /// <summary>By half in every half-life; nothing at the hard deadline.</summary>
    HalfLife = 2,
}
