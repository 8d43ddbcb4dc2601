using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms.SealedBidAuction;

/// <summary>The sealed-bid auction as a mechanism of the market.</summary>
internal sealed class SealedBidMechanism : IMechanism
{
    public string Name => SealedBidParameters.MechanismName;

    public string Summary => "Provers bid price and time under seal; the best score wins, backups follow, and the price is the second's by default.";

    public ImmutableArray<MechanismParameter> Parameters => SealedBidParameters.Listing;

    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        SealedBidParameters.Read(choice.Parameters, maxPrice, constraints, untilHardDeadline: null).Refusal;

    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => SealedBidAudit.Check(order, transcript);

    public IMechanismRunGrain GetRun(IGrainFactory grains, string runKey) => grains.GetGrain<ISealedBidRunGrain>(runKey);
}
