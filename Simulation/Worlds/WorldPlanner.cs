using System.Collections.Immutable;
using System.Globalization;
using Orleans.Simulation;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains;
using ProvingMarket.Simulation.Provers;
using ProvingMarket.Simulation.Proving;
using ProvingMarket.Simulation.Requesters;

namespace ProvingMarket.Simulation.Worlds;

/// <summary>Draws worlds.</summary>
internal static class WorldPlanner
{
    // Most worlds end when the market has come to rest: waiting for the sweep costs as much as another world.
    private const double SweptAtTheEnd = 0.1;

    private const double WithHostileRequester = 0.4;

    // Of a hostile requester, for each of all others together.
    private const int OneHostileIn = 5;

    private static readonly ProverConduct[] Unusual = [.. Enum.GetValues<ProverConduct>().Where(conduct => conduct != ProverConduct.Honest)];

    /// <summary>Draws a world in which so many requests are made, by these mechanisms.</summary>
    /// <param name="random">Who is in it.</param>
    /// <param name="sweeping">How long it keeps what has ended.</param>
    /// <param name="hostility">Whether somebody asks who is hostile.</param>
    /// <param name="lifecycles">How many requests.</param>
    /// <param name="mechanisms">The mechanisms that requesters name.</param>
    public static WorldPlan Draw(SimulatedRandom random, SimulatedRandom sweeping, SimulatedRandom hostility, int lifecycles, ImmutableArray<string> mechanisms)
    {
        var retention = sweeping.NextTime(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(20));
        var programs = Enumerable.Range(0, 1 + random.Next(3)).Select(n => Program(n, random)).ToImmutableArray();
        var market = MarketOf(random);
        return new WorldPlan
        {
            Lifecycles = lifecycles,
            Market = options =>
            {
                market(options);
                options.RequestRetention = retention;
            },
            Retention = retention,
            IsSweptAtTheEnd = sweeping.Chance(SweptAtTheEnd),
            Programs = programs,
            Requesters = [.. RequestersOf(random, lifecycles), .. HostileOf(hostility, lifecycles)],
            Provers = [.. Enumerable.Range(0, 3 + random.Next(4)).Select(n => Prover(n, programs, random))],
            IsCalm = random.Chance(0.15),
            IsOneMachine = random.Chance(0.5),
            Mechanisms = mechanisms,
            LeavesChoice = mechanisms == MechanismScript.Names,
        };
    }

    private static Action<MarketOptions> MarketOf(SimulatedRandom random)
    {
        var renewal = random.NextTime(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20));
        var lifetime = renewal * (2 + (2 * random.NextDouble()));
        var announce = random.NextTime(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8));
        var announceLimit = announce * (4 + (16 * random.NextDouble()));
        var requester = random.Next(101);
        var rescuer = random.Next(101 - requester);
        // Of at most six provers; a search asks all shards.
        var shards = random.Chance(0.5) ? 1 : random.Chance(0.7) ? 2 : 4;
        return options =>
        {
            options.SessionRenewal = renewal;
            options.SessionLifetime = lifetime;
            options.AnnounceInterval = announce;
            options.AnnounceIntervalLimit = announceLimit;
            options.SlashRequesterPercent = requester;
            options.SlashRescuerPercent = rescuer;
            options.RegistryShards = shards;
        };
    }

    private static ProgramDefinition Program(int n, SimulatedRandom random) =>
        SyntheticProofSystem.Program(Name("program", n), 1 + random.Next(3), new WorkUnits((long)random.NextLogarithmic(200, 8_000)));

    private static ImmutableArray<RequesterPlan> RequestersOf(SimulatedRandom random, int lifecycles)
    {
        var count = Math.Min(lifecycles, 2 + random.Next(3));
        var accounts = 1 + random.Next(count);
        return
        [
            .. Enumerable.Range(0, count).Select(n => new RequesterPlan
            {
                Name = Name("r", n),
                Account = Name("requester", n % accounts),
                // Some run out of money on the way, and put more in.
                Funds = Credits.Whole(random.Chance(0.7) ? 1_000_000 : random.Next(1, 40)),
                Requests = (lifecycles / count) + (n < lifecycles % count ? 1 : 0),
                Lanes = (int)random.NextLogarithmic(4, 33),
                GivesUpAfter = random.NextTime(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2)),
            }),
        ];
    }

    private static ImmutableArray<RequesterPlan> HostileOf(SimulatedRandom random, int lifecycles) => !random.Chance(WithHostileRequester) ? [] :
    [
        new RequesterPlan
        {
            Name = "hostile",
            Account = "hostile",
            Funds = Credits.Whole(random.Chance(0.7) ? 1_000_000 : random.Next(1, 40)),
            Requests = Math.Max(1, lifecycles / OneHostileIn),
            Lanes = (int)random.NextLogarithmic(2, 17),
            GivesUpAfter = random.NextTime(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2)),
            IsHostile = true,
        },
    ];

    private static ProverPlan Prover(int n, ImmutableArray<ProgramDefinition> programs, SimulatedRandom random)
    {
        var conduct = n == 0 || random.Chance(0.35) ? ProverConduct.Honest : Unusual[random.Next(Unusual.Length)];
        var stake = Credits.Whole(random.Next(0, 200));
        var served = n == 0 ? programs : [.. programs.Where(_ => random.Chance(0.7))];
        return new ProverPlan
        {
            Id = Name("prover", n),
            Conduct = conduct,
            Account = Name("prover-account", random.Chance(0.8) ? n : 0),
            // Not always enough for the stake it wants to put up.
            Funds = random.Chance(0.9) ? stake + Credits.Whole(10) : Credits.Whole(1),
            Stake = stake,
            Slots = 1 + random.Next(4),
            MilliUnitsPerSecond = (long)random.NextLogarithmic(500, 20_000),
            AskPerUnit = new Credits((long)random.NextLogarithmic(1, 1_000_000)),
            Programs = served.IsEmpty ? programs : served,
        };
    }

    private static string Name(string kind, int n) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{n}");
}
