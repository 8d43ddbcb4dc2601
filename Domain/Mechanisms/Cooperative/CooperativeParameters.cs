using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Cooperative;

/// <summary>Parameters of a committee.</summary>
[GenerateSerializer, Immutable, Alias("pm.CooperativeParameters")]
public sealed record CooperativeParameters
{
    /// <summary>The mechanism's name.</summary>
    public const string MechanismName = "cooperative";

    /// <summary>f: how many members may be silent or wrong, 0–<see cref="CommitteeShares.HighestFaults"/>.</summary>
    [Id(0)] public required int Faults { get; init; }

    /// <summary>What a statement is paid.</summary>
    [Id(1)] public required Credits Price { get; init; }

    /// <summary>The bond of every member.</summary>
    [Id(2)] public Credits Bond { get; init; }

    /// <summary>How the committee is elected; it has 3f + 1 seats.</summary>
    [Id(3)] public required ElectionTerms Terms { get; init; }

    /// <summary>The parameters as listed to users.</summary>
    public static readonly ImmutableArray<MechanismParameter> Listing =
    [
        new() { Name = "faults", Unit = "provers", Default = "1, or the min redundancy less one when that is more", Range = $"the min redundancy less one to {CommitteeShares.HighestFaults}", Meaning = "f: how many members may be silent or wrong. The committee has 3f + 1 members, and each statement f + 1 of them." },
        new() { Name = "price", Unit = "credits", Default = "the max price divided by the number of statements, rounded down", Range = "above 0, at most the default", Meaning = "Paid for each statement to whoever delivers it first." },
        new() { Name = "bond", Unit = "credits", Default = "0", Range = $"0 to {MarketLimits.Amount}", Meaning = "Put up by every member, slashed for an invalid proof; silence costs nothing but a place in the next committee." },
        .. ElectionTerms.Listing,
    ];

    /// <summary>Reads parameters; refuses unknown names, malformed values and values out of range, and a min redundancy or a price that no committee can meet.</summary>
    /// <param name="values">The values by name.</param>
    /// <param name="maxPrice">The most the requester pays.</param>
    /// <param name="constraints">Who may prove.</param>
    /// <param name="statements">How many statements there are.</param>
    public static (CooperativeParameters? Parameters, Refusal? Refusal) Read(
        ImmutableSortedDictionary<string, string> values, Credits maxPrice, RequestConstraints constraints, int statements)
    {
        var least = constraints.MinRedundancy - 1;
        if (least > CommitteeShares.HighestFaults)
            return (null, Refusal.Of(ReasonCode.OutOfRange, "constraints.minRedundancy", $"at most {CommitteeShares.HighestFaults + 1} for a committee", $"{constraints.MinRedundancy}"));
        var share = maxPrice.Scale(1, statements);
        if (share <= Credits.Zero)
            return (null, Refusal.Of(ReasonCode.OutOfRange, "maxPrice", $"at least {new Credits(statements)} credits for {statements} statements", maxPrice.ToString()));
        var reader = new ParameterReader(values, Listing);
        var faults = reader.Count("faults", Math.Max(1, least), least, CommitteeShares.HighestFaults, "provers");
        var parameters = new CooperativeParameters
        {
            Faults = faults,
            Price = reader.Money("price", share, new Credits(1), share),
            Bond = reader.Money("bond", Credits.Zero, Credits.Zero, MarketLimits.Amount),
            Terms = ElectionTerms.Read(reader, CommitteeShares.SeatsFor(faults)),
        };
        return reader.Refusal is null ? (parameters, null) : (null, reader.Refusal);
    }

    /// <summary>Refuses a batch whose shares would be more work than one lease can have; null when they are not.</summary>
    public Refusal? CheckWork(int statements, WorkUnits work)
    {
        var most = MarketLimits.Work.Milli / work.Milli;
        var largest = CommitteeShares.LargestOf(statements, Faults);
        return largest <= most
            ? null
            : Refusal.Of(ReasonCode.OutOfRange, "statements", $"so few that no member has more than {most}, which come to {MarketLimits.Work} work units", $"{largest} for a member");
    }
}
