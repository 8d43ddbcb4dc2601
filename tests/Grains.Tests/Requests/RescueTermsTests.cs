using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

/// <summary>Whoever could rescue a request is told what it has of the bonds that others have lost on it.</summary>
public sealed class RescueTermsTests
{
    [Fact]
    public async Task What_was_slashed_in_a_stage_before_is_in_the_terms_of_the_next()
    {
        await using var market = await MarketAsync();
        var silent = await market.ProverAsync("silent", stake: 20);
        await market.OpenAsync(market.Spec("r1") with
        {
            Mechanism = RaceOf(("bond", "10")), Fallbacks = [new RequestFallback { Mechanism = RaceOf(("bond", "4")) }],
        });
        Assert.Equal(Domain.Credits.Zero, (await silent.InvitedToAsync()).Rescue);
        Assert.Equal(Domain.Credits.Zero, (await silent.TakeAsync("r1")).Rescue);
        await market.AdvanceAsync((HardIn / 2) + TimeSpan.FromSeconds(1));
        var rescuer = await market.ProverAsync("rescuer", stake: 20);
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(Credits(3), (await rescuer.InvitedToAsync()).Rescue);
        var assignment = (await rescuer.JoinAsync("r1", stage: 1)).Assignment!;
        Assert.Equal(Credits(3), assignment.Rescue);
        var answer = await rescuer.SubmitAsync("r1", assignment.PublicInputs, TestKit.Proving.TestProofSystem.ProofFor(assignment), stage: 1);
        await market.EndsAsync("r1");
        Assert.Equal(answer.Reward!.Value + Credits(3), await market.AvailableAsync("rescuer-account"));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task What_was_slashed_in_a_run_is_in_the_terms_of_who_is_called_next()
    {
        await using var market = await MarketAsync();
        var silent = await market.ProverAsync("silent", stake: 20);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf("random-election", ("answerWindow", "5"), ("deliveryTime", "20"), ("bond", "4")) });
        Assert.Equal(Domain.Credits.Zero, (await silent.InvitedToAsync()).Rescue);
        var run = market.Run<IRandomElectionRunGrain>("r1");
        Assert.Equal(Domain.Credits.Zero, (await run.JoinAsync("silent", silent.Session)).Assignment!.Rescue);
        var rescuer = await market.ProverAsync("rescuer", stake: 20);
        await market.AdvanceAsync(TimeSpan.FromSeconds(28));

        Assert.Equal(Credits(1.2m), (await rescuer.InvitedToAsync()).Rescue);
        Assert.Equal(Credits(1.2m), (await run.JoinAsync("rescuer", rescuer.Session)).Assignment!.Rescue);
    }
}
