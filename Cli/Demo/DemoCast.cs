using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;

namespace ProvingMarket.Cli.Demo;

/// <summary>Who plays in the demonstration, and with how much money.</summary>
internal static class DemoCast
{
    /// <summary>Wins most races: a warm prover with two slots, in this process, connected over TCP.</summary>
    public const string Swift = "swift";

    /// <summary>Slower: one slot, in a process of its own.</summary>
    public const string Steady = "steady";

    /// <summary>In a process of its own, killed in the middle of a proof.</summary>
    public const string Doomed = "doomed";

    /// <summary>Delivers corrupted proofs.</summary>
    public const string Forger = "forger";

    /// <summary>The provers; each is paid on the account <c>prover-NAME</c>.</summary>
    public static readonly ImmutableArray<string> Provers = [Swift, Steady, Doomed, Forger];

    /// <summary>The accounts of requesters, with what they deposit.</summary>
    public static readonly ImmutableArray<(string Account, Credits Deposit)> Requesters =
        [("arbitrage-bot", Credits.Whole(20)), ("daily-rollup", Credits.Whole(40)), ("batch-prover", Credits.Whole(20))];

    /// <summary>What every prover deposits.</summary>
    public static readonly Credits ProverDeposit = Credits.Whole(20);

    /// <summary>What a prover stakes of it. The forger has little at stake, so a request can keep it out by that: all do for the program of the one request that it is to be caught at, because a
    /// worker whose proof was refused takes no more work for that program for a while.</summary>
    public static Credits StakeOf(string prover) => Credits.Whole(prover == Forger ? 8 : 10);

    /// <summary>The requests: file name below samples/requests, who pays, and what is to come of it. Only of one that nobody is to prove is the hard deadline what is shown; the others end
    /// with their proofs, and have a hundred times what these take, so that a machine that is busy with other things shows the same.</summary>
    public static readonly ImmutableArray<DemoRequest> Requests =
    [
        new("1-poseidon-preimage", "arbitrage-bot", DemoExpectation.RoutedToRace),
        new("2-merkle-membership", "daily-rollup", DemoExpectation.RoutedToBackupsAndBonds),
        new("3-eddsa-signature", "batch-prover", DemoExpectation.RoutedToAuction),
        new("4-worker-killed", "daily-rollup", DemoExpectation.RescuedFromKilledWorker),
        new("5-proof-forged", "daily-rollup", DemoExpectation.RescuedFromForger),
        new("6-soft-deadline-missed", "arbitrage-bot", DemoExpectation.PaidLessAfterSoftDeadline),
        new("7-nobody-eligible", "batch-prover", DemoExpectation.ExpiredAndRefunded),
    ];

    /// <summary>What every prover says of its speed: careful, so that what it promises in an auction holds on a busy machine, too.</summary>
    public const long MilliUnitsPerSecond = 500;

    /// <summary>What each prover asks for 1,000 constraints.</summary>
    public static Credits AskOf(string prover) => new(prover switch
    {
        Swift => 300_000,
        Steady => 200_000,
        _ => 250_000,
    });

    /// <summary>Whether the market is to choose how a request is served.</summary>
    public static bool IsRouted(DemoRequest request) =>
        request.Expectation is DemoExpectation.RoutedToRace or DemoExpectation.RoutedToBackupsAndBonds or DemoExpectation.RoutedToAuction;

    /// <summary>The mechanism that a requester names who does not leave the choice to the market: a race for speed, an election with a bond and backups for safety, an
    /// auction for a low price. Null for requests whose file names one.</summary>
    public static MechanismChoice? NamedBy(DemoRequest request) => request.Expectation switch
    {
        DemoExpectation.RoutedToRace => Choice(RaceParameters.MechanismName, ("bond", "1")),
        DemoExpectation.RoutedToBackupsAndBonds => Choice(RandomElectionParameters.MechanismName, ("bond", "1"), ("backups", "2")),
        DemoExpectation.RoutedToAuction => Choice(SealedBidParameters.MechanismName, ("bond", "1")),
        _ => null,
    };

    private static MechanismChoice Choice(string name, params (string Name, string Value)[] parameters) =>
        new() { Name = name, Parameters = parameters.ToImmutableSortedDictionary(parameter => parameter.Name, parameter => parameter.Value, StringComparer.Ordinal) };

    /// <summary>A prover's account.</summary>
    public static string AccountOf(string prover) => $"prover-{prover}";
}

/// <summary>A request of the demonstration.</summary>
internal sealed record DemoRequest(string Name, string Account, DemoExpectation Expectation);

/// <summary>What is promised of a request.</summary>
internal enum DemoExpectation
{
    /// <summary>Names no mechanism, wants speed: the market chooses a race.</summary>
    RoutedToRace,
    /// <summary>Names no mechanism, wants safety and has time: the market chooses no race, but a bond and backups.</summary>
    RoutedToBackupsAndBonds,
    /// <summary>Names no mechanism, wants a low price: the market chooses an auction.</summary>
    RoutedToAuction,
    /// <summary>Fulfilled by another prover after the first was killed in the middle of its proof.</summary>
    RescuedFromKilledWorker,
    /// <summary>Fulfilled by another prover after a corrupted proof was refused and its bond slashed.</summary>
    RescuedFromForger,
    /// <summary>Fulfilled after the soft deadline, for less than the full reward.</summary>
    PaidLessAfterSoftDeadline,
    /// <summary>Nobody is eligible: expired with the reasons counted, and refunded in full.</summary>
    ExpiredAndRefunded,
}
