using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Race;

/// <summary>The race as a mechanism of the market.</summary>
public sealed class RaceMechanism : IMechanism
{
    /// <inheritdoc/>
    public string Name => RaceParameters.MechanismName;

    /// <inheritdoc/>
    public string Summary => "Everyone eligible may join; the first verified proof, or the first few, win a reward that decays after the soft deadline.";

    /// <inheritdoc/>
    public ImmutableArray<MechanismParameter> Parameters => RaceParameters.Listing;

    /// <inheritdoc/>
    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        RaceParameters.Read(choice.Parameters, maxPrice, constraints).Refusal;

    /// <inheritdoc/>
    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => RaceAudit.Check(order, transcript);

    /// <inheritdoc/>
    public ImmutableArray<InstanceKnob> Knobs => RaceForecast.Knobs;

    /// <inheritdoc/>
    public ImmutableArray<MechanismInstance> Instances => RaceForecast.Instances;

    /// <inheritdoc/>
    public MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook) => RaceForecast.Bind(instance, outlook);

    /// <inheritdoc/>
    public RunForecast Forecast(MechanismInstance instance, RunOutlook outlook) => RaceForecast.Of(instance, outlook);
}
