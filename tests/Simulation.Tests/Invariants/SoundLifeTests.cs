using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Simulation.Invariants;

namespace ProvingMarket.Simulation.Tests.Invariants;

/// <summary>A sound life of a request breaks no invariant.</summary>
public sealed class SoundLifeTests : InvariantTest
{
    [Fact]
    public void A_sound_life_breaks_nothing()
    {
        Market.Prover("p", 20);
        Market.Prover("q", 20);
        var spec = Market.Request();
        Market.Tell(new SubmissionAcknowledged(spec));
        Market.StartRace(spec, places: 2);
        Market.Join("r/0", "p");
        Market.Join("r/0", "q");
        Market.Lease("p", "r/0", 4);
        Market.Lease("q", "r/0", 4);
        Market.Tell(new LeaseAcknowledged("r/0", "p"));
        Market.Write("r/0", Market.Race("r/0").With(RunRules.Disqualified(Market.Race("r/0").Run, "q", ReasonCode.ProofInvalid, "", Market.Now)));
        Market.Win("r/0", "p");
        Market.Tell(new RewardAcknowledged("r/0", "p", new Credits(10)));
        var settlement = Market.Decide("r");
        Market.EndLease("p", "r/0", slash: false);
        Market.EndLease("q", "r/0", slash: true);
        Market.Capture("alice", "r", 10);
        foreach (var credit in settlement.Credits) Market.Credit(credit.Account, credit.EntryId, credit.Amount.Micro);
        Market.Write("r", RequestLifecycle.Settled(Market.State("r"), Market.Now));
        Market.Now = Market.Hard + TimeSpan.FromHours(1);
        Market.Step();
        Market.Rest();
        Assert.Equal("", Market.Broken);
        Assert.Equal(4, settlement.Credits.Length);
    }

    [Fact]
    public void A_sound_life_of_which_only_the_end_is_written_breaks_nothing()
    {
        WonUnwritten();
        Assert.Equal(RequestPhase.Settling, Market.Standing("r").Phase);
        Market.EndLease("p", "r/0", slash: false);
        Market.Capture("alice", "r", 10);
        Market.Credit("p", "r/reward/p", 10);
        Market.Write("r", RequestLifecycle.Settled(Market.Standing("r"), Market.Now));
        Market.Now = Market.Hard + TimeSpan.FromHours(1);
        Market.Step();
        Market.Rest();
        Assert.Equal("", Market.Broken);
    }
}
