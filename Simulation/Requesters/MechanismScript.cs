using System.Collections.Immutable;
using System.Globalization;
using Orleans.Simulation;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.ElectedRace;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;

namespace ProvingMarket.Simulation.Requesters;

/// <summary>Draws the mechanism that a requester names, with parameters all over their ranges.</summary>
internal static class MechanismScript
{
    private static readonly ImmutableSortedDictionary<string, Action<Parameters, Credits, SimulatedRandom>> ByName =
        ImmutableSortedDictionary.CreateRange<string, Action<Parameters, Credits, SimulatedRandom>>(
            StringComparer.Ordinal,
            [
                new(RaceParameters.MechanismName, Race),
                new(ElectedRaceParameters.MechanismName, ElectedRace),
                new(RandomElectionParameters.MechanismName, RandomElection),
                new(SealedBidParameters.MechanismName, SealedBid),
                new(DutchAuctionParameters.MechanismName, Dutch),
                new(OrderBookParameters.MechanismName, OrderBook),
                new(CooperativeParameters.MechanismName, Cooperative),
            ]);

    /// <summary>The names of the mechanisms that can be drawn.</summary>
    public static ImmutableArray<string> Names { get; } = [.. ByName.Keys];

    /// <summary>Draws one of these mechanisms for a request of this price.</summary>
    public static MechanismChoice Draw(ImmutableArray<string> names, Credits price, SimulatedRandom random)
    {
        var name = names[random.Next(names.Length)];
        var parameters = new Parameters(StringComparer.Ordinal);
        ByName[name](parameters, price, random);
        return new MechanismChoice { Name = name, Parameters = parameters.ToImmutableSortedDictionary(StringComparer.Ordinal) };
    }

    private static void Race(Parameters parameters, Credits price, SimulatedRandom random)
    {
        if (random.Chance(0.5)) parameters["reward"] = Fraction(price, random);
        if (random.Chance(0.6)) parameters["bond"] = Bond(random);
        if (random.Chance(0.8)) parameters["participants"] = Count(random.Next(1, 4));
        if (random.Chance(0.2)) parameters["decay"] = "none";
    }

    private static void ElectedRace(Parameters parameters, Credits price, SimulatedRandom random)
    {
        if (random.Chance(0.5)) parameters["reward"] = Fraction(price, random);
        if (random.Chance(0.6)) parameters["bond"] = Bond(random);
        parameters["elected"] = Count(random.Next(0, 4));
        Election(parameters, random);
    }

    private static void RandomElection(Parameters parameters, Credits price, SimulatedRandom random)
    {
        if (random.Chance(0.5)) parameters["price"] = Fraction(price, random);
        if (random.Chance(0.6)) parameters["bond"] = Bond(random);
        Election(parameters, random);
    }

    private static void Election(Parameters parameters, SimulatedRandom random)
    {
        if (random.Chance(0.5)) parameters["backups"] = Count(random.Next(0, 4));
        if (random.Chance(0.5)) parameters["answerWindow"] = Seconds(random, 0.1, 10);
        if (random.Chance(0.5)) parameters["deliveryTime"] = Seconds(random, 0.1, 20);
        if (random.Chance(0.5)) parameters["alpha"] = Count(random.Next(0, 101));
    }

    private static void SealedBid(Parameters parameters, Credits price, SimulatedRandom random)
    {
        if (random.Chance(0.5)) parameters["pricing"] = random.Chance(0.5) ? "first" : "second";
        if (random.Chance(0.5)) parameters["reserve"] = Fraction(price, random);
        parameters["biddingWindow"] = Seconds(random, 0.1, 5);
        parameters["revealWindow"] = Seconds(random, 2, 5);
        if (random.Chance(0.6)) parameters["bond"] = Bond(random);
        if (random.Chance(0.5)) parameters["backups"] = Count(random.Next(0, 3));
        if (random.Chance(0.5)) parameters["bidders"] = Count(random.Next(1, 6));
        if (random.Chance(0.3)) parameters["nonRevealPenalty"] = Count(random.Next(0, 101));
    }

    private static void Dutch(Parameters parameters, Credits price, SimulatedRandom random)
    {
        if (random.Chance(0.5)) parameters["startPrice"] = Fraction(price, random);
        if (random.Chance(0.5)) parameters["ramp"] = Seconds(random, 0, 20);
        if (random.Chance(0.3)) parameters["startDelay"] = Seconds(random, 0, 3);
        if (random.Chance(0.5)) parameters["lockTimeout"] = Seconds(random, 0.5, 20);
        if (random.Chance(0.6)) parameters["bond"] = Bond(random);
        if (random.Chance(0.5)) parameters["rescuers"] = Count(random.Next(1, 4));
    }

    private static void OrderBook(Parameters parameters, Credits price, SimulatedRandom random)
    {
        if (random.Chance(0.5)) parameters["limit"] = Fraction(price, random);
        if (random.Chance(0.6)) parameters["bond"] = Bond(random);
        if (random.Chance(0.3)) parameters["provers"] = Count(random.Next(1, 4));
        if (random.Chance(0.5)) parameters["answerWindow"] = Seconds(random, 0.1, 10);
        if (random.Chance(0.5)) parameters["deliveryTime"] = Seconds(random, 0.1, 20);
    }

    private static void Cooperative(Parameters parameters, Credits price, SimulatedRandom random)
    {
        // Few markets have provers for more than four seats.
        parameters["faults"] = Count(random.Chance(0.6) ? 0 : 1);
        if (random.Chance(0.6)) parameters["bond"] = Bond(random);
        if (random.Chance(0.2)) parameters["price"] = new Credits(Math.Max(1, price.Micro / 100)).ToString();
        Election(parameters, random);
    }

    private static string Fraction(Credits price, SimulatedRandom random) => new Credits(Math.Max(1, price.Micro / (1 + random.Next(4)))).ToString();

    private static string Bond(SimulatedRandom random) => new Credits(random.Next(0, 60_000_000)).ToString();

    private static string Count(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(SimulatedRandom random, double least, double most) =>
        Math.Round(least + ((most - least) * random.NextDouble()), 3).ToString(CultureInfo.InvariantCulture);

    private sealed class Parameters(IEqualityComparer<string> comparer) : Dictionary<string, string>(comparer);
}
