using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.ElectedRace;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms.ElectedRace;

/// <summary>The race among elected provers as a mechanism of the market.</summary>
internal sealed class ElectedRaceMechanism : IMechanism
{
    public string Name => ElectedRaceParameters.MechanismName;

    public string Summary => "A few provers are drawn by stake and reputation and race as in a race; drawn backups take the seats of those who decline or fail.";

    public ImmutableArray<MechanismParameter> Parameters => ElectedRaceParameters.Listing;

    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        ElectedRaceParameters.Read(choice.Parameters, maxPrice, constraints).Refusal;

    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => ElectedRaceAudit.Check(order, transcript);

    public IMechanismRunGrain GetRun(IGrainFactory grains, string runKey) => grains.GetGrain<IElectedRaceRunGrain>(runKey);
}
