using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Simulation.Invariants;

namespace ProvingMarket.Simulation.Tests.Invariants;

/// <summary>Each invariant finds what it is there for in a sequence of writes, and nothing in a sound one.</summary>
public abstract class InvariantTest
{
    private protected Ledger Market { get; } = new();

    /// <summary>A race that nobody has won, and that p has lost its bond in.</summary>
    private protected static void Lost(Ledger market, ProofRequestSpec spec, Func<LeaseEnding, LeaseEnding>? otherwise = null)
    {
        market.Prover("p", 20);
        market.StartRace(spec);
        market.Join("r/0", "p");
        market.Lease("p", "r/0", 4);
        var race = market.Race("r/0");
        var missed = new LeaseEnding
        {
            ProverId = "p", Account = "p", Outcome = LeaseOutcome.Miss, Reason = ReasonCode.NobodyDelivered, Bond = new Credits(4), Deadline = market.Hard,
        };
        market.Now = market.Hard;
        var ended = RunRules.Concluded(race.Run, ReasonCode.None, market.Now);
        market.Write("r/0", race.With(ended with { Report = ended.Report! with { Leases = [otherwise?.Invoke(missed) ?? missed] } }));
        Assert.Equal("", market.Broken);
    }

    /// <summary>A race that was won, of whose request only the body and the hold are written.</summary>
    private protected void WonUnwritten()
    {
        Market.Prover("p", 20);
        var spec = Market.Request(isStateWritten: false);
        Market.Tell(new SubmissionAcknowledged(spec));
        Market.StartRace(spec);
        Market.Join("r/0", "p");
        Market.Lease("p", "r/0", 4);
        Market.Win("r/0", "p");
    }

    /// <summary>A race that p has won, decided and not settled yet.</summary>
    private protected void Won()
    {
        Market.StartRace(Market.Request());
        Market.Join("r/0", "p");
        Market.Lease("p", "r/0", 4);
        Market.Win("r/0", "p");
        Market.Decide("r");
        Assert.Equal("", Market.Broken);
    }

    private protected static RequestStatus Status(string id, RequestPhase phase) => new() { RequestId = id, Phase = phase, Version = 1, Timeline = [] };
}
