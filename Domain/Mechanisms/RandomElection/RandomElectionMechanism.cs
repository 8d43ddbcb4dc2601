using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.RandomElection;

/// <summary>The random election as a mechanism of the market.</summary>
public sealed class RandomElectionMechanism : IMechanism
{
    /// <inheritdoc/>
    public string Name => RandomElectionParameters.MechanismName;

    /// <inheritdoc/>
    public string Summary => "One prover is drawn by stake and reputation and paid a posted price; drawn backups follow when it declines, stays silent or fails.";

    /// <inheritdoc/>
    public ImmutableArray<MechanismParameter> Parameters => RandomElectionParameters.Listing;

    /// <inheritdoc/>
    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        RandomElectionParameters.Read(choice.Parameters, maxPrice, constraints).Refusal;

    /// <inheritdoc/>
    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => RandomElectionAudit.Check(order, transcript);

    /// <inheritdoc/>
    public ImmutableArray<InstanceKnob> Knobs => RandomElectionForecast.Knobs;

    /// <inheritdoc/>
    public MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook) => RandomElectionForecast.Bind(instance, outlook);

    /// <inheritdoc/>
    public RunForecast Forecast(MechanismInstance instance, RunOutlook outlook) => RandomElectionForecast.Of(instance, outlook);
}
