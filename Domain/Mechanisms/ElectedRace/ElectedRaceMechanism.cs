using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.ElectedRace;

/// <summary>The race among elected provers as a mechanism of the market.</summary>
public sealed class ElectedRaceMechanism : IMechanism
{
    /// <inheritdoc/>
    public string Name => ElectedRaceParameters.MechanismName;

    /// <inheritdoc/>
    public string Summary => "A few provers are drawn by stake and reputation and race as in a race; drawn backups take the seats of those who decline or fail.";

    /// <inheritdoc/>
    public ImmutableArray<MechanismParameter> Parameters => ElectedRaceParameters.Listing;

    /// <inheritdoc/>
    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        ElectedRaceParameters.Read(choice.Parameters, maxPrice, constraints).Refusal;

    /// <inheritdoc/>
    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => ElectedRaceAudit.Check(order, transcript);

    /// <inheritdoc/>
    public ImmutableArray<InstanceKnob> Knobs => ElectedRaceForecast.Knobs;

    /// <inheritdoc/>
    public ImmutableArray<MechanismInstance> Instances => ElectedRaceForecast.Instances;

    /// <inheritdoc/>
    public MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook) => ElectedRaceForecast.Bind(instance, outlook);

    /// <inheritdoc/>
    public RunForecast Forecast(MechanismInstance instance, RunOutlook outlook) => ElectedRaceForecast.Of(instance, outlook);
}
