using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.DutchAuction;

/// <summary>The Dutch auction as a mechanism of the market.</summary>
public sealed class DutchAuctionMechanism : IMechanism
{
    /// <inheritdoc/>
    public string Name => DutchAuctionParameters.MechanismName;

    /// <inheritdoc/>
    public string Summary => "The price rises until a prover takes it and locks the request with a bond; a missed lock opens a rescue paid from the bond.";

    /// <inheritdoc/>
    public ImmutableArray<MechanismParameter> Parameters => DutchAuctionParameters.Listing;

    /// <inheritdoc/>
    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        DutchAuctionParameters.Read(choice.Parameters, maxPrice, constraints, TimeSpan.Zero).Refusal;

    /// <inheritdoc/>
    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => DutchAuctionAudit.Check(order, transcript);

    /// <inheritdoc/>
    public ImmutableArray<InstanceKnob> Knobs => DutchAuctionForecast.Knobs;

    /// <inheritdoc/>
    public MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook) => DutchAuctionForecast.Bind(instance, outlook);

    /// <inheritdoc/>
    public RunForecast Forecast(MechanismInstance instance, RunOutlook outlook) => DutchAuctionForecast.Of(instance, outlook);
}
