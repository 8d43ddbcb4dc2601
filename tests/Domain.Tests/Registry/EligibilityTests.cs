using System.Collections.Immutable;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Registry;

public sealed class EligibilityTests
{
    private static readonly DateTimeOffset Now = Samples.Now;

    private static readonly ProverRecord Prover = new() { Offer = Samples.Offer() with { Hardware = ["gpu"], MaxBond = Credits.Whole(8) }, Stake = Credits.Whole(10) };

    private static readonly CandidateQuery Query = new()
    {
        Program = Samples.Program(), Constraints = new RequestConstraints(), Bond = Credits.Whole(1), Deadline = Samples.Hard,
    };

    /// <summary>The cost of a search for named provers does not grow with the registry.</summary>
    [Fact]
    public void Of_named_provers_only_these_are_looked_at_and_counted()
    {
        var state = new[] { "p1", "p2", "p3" }.Aggregate(RegistryState.Empty, (known, id) => RegistryRules.Register(known, Samples.Offer(id)).State);
        var presences = new Dictionary<string, ProverPresence> { ["p1"] = Samples.Present(), ["p2"] = Samples.Present() };
        var answer = Eligibility.Select(state, presences, Query with { Bond = Credits.Zero, Constraints = new RequestConstraints { AllowedProvers = ["p3", "p1", "p1", "nobody"] } }, Now);
        Assert.Equal<string>(["p1"], answer.Provers);
        Assert.Equal([(ReasonCode.ProverNotLive, 1)], answer.LeftOut.Select(left => (left.Key, left.Value)));
    }

    [Fact]
    public void A_live_prover_that_meets_everything_may_take_part()
    {
        Is(ReasonCode.None, Query with
        {
            Bond = Credits.Whole(8),
            Constraints = new RequestConstraints { Hardware = ["gpu"], AllowedProvers = ["p1"], DeniedProvers = ["p2"], MinStake = Credits.Whole(10) },
        });
    }

    [Fact]
    public void Who_is_not_there_is_left_out()
    {
        Is(ReasonCode.ProverNotLive, Query, presence: null);
        Is(ReasonCode.ProverNotLive, Query, Samples.Present() with { LiveUntil = Now });
        Is(ReasonCode.ProverNotLive, Query, Samples.Present() with { Draining = true });
        Is(ReasonCode.None, Query, Samples.Present() with { LiveUntil = Now.AddTicks(1) });
    }

    [Fact]
    public void Lists_exclude()
    {
        Is(ReasonCode.ProverExcluded, Query with { Excluded = ["p1"] });
        Is(ReasonCode.ProverExcluded, Query with { Constraints = new RequestConstraints { DeniedProvers = ["p1"] } });
        Is(ReasonCode.ProverExcluded, Query with { Constraints = new RequestConstraints { AllowedProvers = ["p2"] } });
        Is(ReasonCode.ProverExcluded, Query with { Constraints = new RequestConstraints { AllowedProvers = ["p1"], DeniedProvers = ["p1"] } });
    }

    [Fact]
    public void Another_program_is_not_served() =>
        Is(ReasonCode.ProgramNotServed, Query with { Program = Samples.Program() with { ProgramId = new string('c', 64) } });

    [Fact]
    public void All_hardware_is_needed()
    {
        Is(ReasonCode.HardwareMissing, Query with { Constraints = new RequestConstraints { Hardware = ["gpu", "avx512"] } });
        Is(ReasonCode.HardwareMissing, Query with { Constraints = new RequestConstraints { Hardware = ["GPU"] } });
    }

    [Fact]
    public void Stake_is_needed()
    {
        Is(ReasonCode.StakeBelowMinimum, Query with { Constraints = new RequestConstraints { MinStake = new Credits(10_000_001) } });
        Is(ReasonCode.StakeInsufficient, Query with { Bond = new Credits(10_000_001) });
        Is(ReasonCode.BondAboveLimit, Query with { Bond = new Credits(8_000_001) });
    }

    [Fact]
    public void Full_slots_do_not_exclude()
    {
        var lease = new Lease { LeaseId = "l", ProgramId = Samples.ProgramId, Bond = Credits.Whole(10), GrantedAt = Now, Deadline = Samples.Hard };
        var busy = Prover with { Leases = Prover.Leases.Add("l1", lease).Add("l2", lease) };
        Assert.Equal(ReasonCode.None, Eligibility.Check(busy, Samples.Present(), Query, Now));
    }

    [Fact]
    public void Who_asks_for_more_than_is_paid_is_not_drawn_but_may_be_invited()
    {
        // The program's work is a unit and a half.
        var dear = Prover with { Offer = Prover.Offer with { AskPerUnit = Credits.Whole(2) } };
        var draw = Query with { ForDraw = true, Reward = Credits.Whole(3) };
        Assert.Equal(ReasonCode.None, Eligibility.Check(dear, Samples.Present(), draw, Now));
        Assert.Equal(ReasonCode.PriceBelowAsk, Eligibility.Check(dear, Samples.Present(), draw with { Reward = new Credits(2_999_999) }, Now));
        Assert.Equal(ReasonCode.None, Eligibility.Check(dear, Samples.Present(), draw with { Reward = null }, Now));
        Assert.Equal(ReasonCode.None, Eligibility.Check(dear, Samples.Present(), draw with { ForDraw = false, Reward = Credits.Zero }, Now));
    }

    [Fact]
    public void Selects_in_order_and_counts_the_others_by_reason()
    {
        var state = RegistryState.Empty;
        var presences = new Dictionary<string, ProverPresence>();
        foreach (var id in new[] { "p9", "p10", "P1", "absent", "denied1", "denied2" })
        {
            state = RegistryRules.Register(state, Samples.Offer(id)).State;
            if (id != "absent") presences[id] = Samples.Present();
        }
        var answer = Eligibility.Select(
            state, presences, Query with { Bond = Credits.Zero, Constraints = new RequestConstraints { DeniedProvers = ["denied1", "denied2"] } }, Now);
        Assert.Equal<string>(["P1", "p10", "p9"], answer.Provers);
        Assert.Equal(new Dictionary<ReasonCode, int> { [ReasonCode.ProverExcluded] = 2, [ReasonCode.ProverNotLive] = 1 }, answer.LeftOut.ToDictionary());
    }

    [Fact]
    public void Answers_of_shards_add_up()
    {
        var a = Answer(["p1"], (ReasonCode.ProverNotLive, 1), (ReasonCode.SlotsFull, 2));
        var b = Answer(["p2", "p3"], (ReasonCode.ProverNotLive, 4));
        var sum = CandidateAnswer.Sum([a, b]);
        Assert.Equal<string>(["p1", "p2", "p3"], sum.Provers);
        Assert.Equal(new Dictionary<ReasonCode, int> { [ReasonCode.ProverNotLive] = 5, [ReasonCode.SlotsFull] = 2 }, sum.LeftOut.ToDictionary());

        static CandidateAnswer Answer(ImmutableArray<string> provers, params (ReasonCode Reason, int Count)[] leftOut) => new()
        {
            Provers = provers, LeftOut = leftOut.ToImmutableSortedDictionary(entry => entry.Reason, entry => entry.Count),
        };
    }

    private static void Is(ReasonCode expected, CandidateQuery query) => Is(expected, query, Samples.Present());

    private static void Is(ReasonCode expected, CandidateQuery query, ProverPresence? presence) =>
        Assert.Equal(expected, Eligibility.Check(Prover, presence, query, Now));
}
