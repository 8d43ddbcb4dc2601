using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms.DutchAuction;

/// <summary>The Dutch auction as a mechanism of the market.</summary>
internal sealed class DutchAuctionMechanism : IMechanism
{
    public string Name => DutchAuctionParameters.MechanismName;

    public string Summary => "The price rises until a prover takes it and locks the request with a bond; a missed lock opens a rescue paid from the bond.";

    public ImmutableArray<MechanismParameter> Parameters => DutchAuctionParameters.Listing;

    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        DutchAuctionParameters.Read(choice.Parameters, maxPrice, constraints, TimeSpan.Zero).Refusal;

    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => DutchAuctionAudit.Check(order, transcript);

    public IMechanismRunGrain GetRun(IGrainFactory grains, string runKey) => grains.GetGrain<IDutchAuctionRunGrain>(runKey);
}
