using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Contract;

/// <summary>A committee of one, on a single statement. Committees that stand failures are in <c>CooperativeRunTests</c>.</summary>
public class CooperativeContract : DrawnByStakeContract
{
    protected override MechanismChoice Choice => MechanismOf("cooperative", ("bond", "2"), ("faults", "0"));

    // Silence costs a place in the next committee.
    protected override Credits SilenceCosts => Domain.Credits.Zero;

    internal override IMechanism Mechanism { get; } = new CooperativeMechanism();

    protected override IMechanismState RunOf(MarketCluster market, string runKey) => market.Disk.All<CooperativeState>("cooperative")[runKey];
}

/// <summary>The same on a batch of five statements, two credits each: nothing is promised for a single statement that is not for many.</summary>
public sealed class CooperativeBatchContract : CooperativeContract
{
    protected override ProofRequestSpec Ordered(ProofRequestSpec spec) => spec.WithStatements(5);

    protected override async Task<Credits?> DeliverAgainAsync(GrainId run, MarketCluster market, TestProver prover)
    {
        var again = await market.Grains.GetGrain<ICooperativeForWorkers>(run).SubmitManyAsync(new BatchSubmission
        {
            ProverId = prover.Id,
            Session = prover.Session,
            Proofs = [.. Enumerable.Range(0, 5).Select(n => new StatementProof { Statement = n, PublicInputs = Bytes.Utf8("3,4"), Proof = Bytes.Utf8("whatever") })],
        });
        return again.Answers.Aggregate(Domain.Credits.Zero, (sum, answer) => sum + answer.Reward!.Value);
    }
}
