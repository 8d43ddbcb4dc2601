using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms.Race;

/// <summary>The race as a mechanism of the market.</summary>
internal sealed class RaceMechanism : IMechanism
{
    public string Name => RaceParameters.MechanismName;

    public string Summary => "Everyone eligible may join; the first verified proof, or the first few, win a reward that decays after the soft deadline.";

    public ImmutableArray<MechanismParameter> Parameters => RaceParameters.Listing;

    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) =>
        RaceParameters.Read(choice.Parameters, maxPrice, constraints).Refusal;

    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) => RaceAudit.Check(order, transcript);

    public IMechanismRunGrain GetRun(IGrainFactory grains, string runKey) => grains.GetGrain<IRaceRunGrain>(runKey);
}
