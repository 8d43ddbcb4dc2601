using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>The sealed-bid auction as a mechanism of the market.</summary>
public sealed class SealedBidMechanism : IMechanism
{
    /// <inheritdoc/>
    public string Name => SealedBidParameters.MechanismName;

    /// <inheritdoc/>
    public string Summary => "Provers bid price and time under seal; the best score wins, backups follow, and the price is the second's by default.";

    /// <inheritdoc/>
    public ImmutableArray<MechanismParameter> Parameters => SealedBidParameters.Listing;

    /// <inheritdoc/>
    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        SealedBidParameters.Read(choice.Parameters, maxPrice, constraints, untilHardDeadline: null).Refusal;

    /// <inheritdoc/>
    public Refusal? CheckTime(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints, TimeSpan time) =>
        SealedBidParameters.Read(choice.Parameters, maxPrice, constraints, time).Refusal;

    /// <inheritdoc/>
    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => SealedBidAudit.Check(order, transcript);

    /// <inheritdoc/>
    public ImmutableArray<InstanceKnob> Knobs => SealedBidForecast.Knobs;

    /// <inheritdoc/>
    public ImmutableArray<MechanismInstance> Instances => SealedBidForecast.Instances;

    /// <inheritdoc/>
    public MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook) => SealedBidForecast.Bind(instance, outlook);

    /// <inheritdoc/>
    public RunForecast Forecast(MechanismInstance instance, RunOutlook outlook) => SealedBidForecast.Of(instance, outlook);
}
