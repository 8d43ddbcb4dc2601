using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.OrderBook;

/// <summary>The order book as a mechanism of the market.</summary>
public sealed class OrderBookMechanism : IMechanism
{
    /// <inheritdoc/>
    public string Name => OrderBookParameters.MechanismName;

    /// <inheritdoc/>
    public string Summary => "The best standing ask for the program is matched at its own price; the next best follows when its prover declines or fails.";

    /// <inheritdoc/>
    public ImmutableArray<MechanismParameter> Parameters => OrderBookParameters.Listing;

    /// <inheritdoc/>
    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        OrderBookParameters.Read(choice.Parameters, maxPrice, constraints).Refusal;

    /// <inheritdoc/>
    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => OrderBookAudit.Check(order, transcript);

    /// <inheritdoc/>
    public ImmutableArray<InstanceKnob> Knobs => OrderBookForecast.Knobs;

    /// <inheritdoc/>
    public ImmutableArray<MechanismInstance> Instances => OrderBookForecast.Instances;

    /// <inheritdoc/>
    public MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook) => OrderBookForecast.Bind(instance, outlook);

    /// <inheritdoc/>
    public RunForecast Forecast(MechanismInstance instance, RunOutlook outlook) => OrderBookForecast.Of(instance, outlook);
}
