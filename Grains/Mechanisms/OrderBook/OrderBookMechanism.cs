using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms.OrderBook;

/// <summary>The order book as a mechanism of the market.</summary>
internal sealed class OrderBookMechanism : IMechanism
{
    public string Name => OrderBookParameters.MechanismName;

    public string Summary => "The best standing ask for the program is matched at its own price; the next best follows when its prover declines or fails.";

    public ImmutableArray<MechanismParameter> Parameters => OrderBookParameters.Listing;

    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        OrderBookParameters.Read(choice.Parameters, maxPrice, constraints).Refusal;

    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => OrderBookAudit.Check(order, transcript);

    public IMechanismRunGrain GetRun(IGrainFactory grains, string runKey) => grains.GetGrain<IOrderBookRunGrain>(runKey);
}
