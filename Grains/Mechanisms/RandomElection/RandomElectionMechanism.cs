using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms.RandomElection;

/// <summary>The random election as a mechanism of the market.</summary>
internal sealed class RandomElectionMechanism : IMechanism
{
    public string Name => RandomElectionParameters.MechanismName;

    public string Summary => "One prover is drawn by stake and reputation and paid a posted price; drawn backups follow when it declines, stays silent or fails.";

    public ImmutableArray<MechanismParameter> Parameters => RandomElectionParameters.Listing;

    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        RandomElectionParameters.Read(choice.Parameters, maxPrice, constraints).Refusal;

    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => RandomElectionAudit.Check(order, transcript);

    public IMechanismRunGrain GetRun(IGrainFactory grains, string runKey) => grains.GetGrain<IRandomElectionRunGrain>(runKey);
}
