using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Mechanisms;

namespace ProvingMarket.Grains.Tests.Mechanisms.Sample;

/// <summary>A mechanism as a third party writes one, in a project of its own: whoever comes first works alone, for the whole price, with a bond of two
/// credits. It is added to the market by <c>services.AddMechanism&lt;FirstComeMechanism, IFirstComeRunGrain&gt;()</c>.</summary>
internal sealed class FirstComeMechanism : IMechanism
{
    public const string MechanismName = "first-come";

    public string Name => MechanismName;

    public string Summary => "Whoever comes first works alone and is paid the whole price.";

    public ImmutableArray<MechanismParameter> Parameters => [];

    public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) => choice.Parameters.IsEmpty
        ? null
        : Refusal.Of(ReasonCode.ParameterUnknown, $"mechanism.{choice.Parameters.Keys.First()}", "no parameters", choice.Parameters.Keys.First());

    public AuditFinding? Audit(RunOrder order, ImmutableArray<TranscriptEntry> transcript) =>
        RunAudit.Check(order, transcript, (place, _) => place == 1 ? order.MaxPrice : Credits.Zero);
}

/// <summary>A run of the sample mechanism.</summary>
[Alias("sample.IFirstComeRunGrain")]
public interface IFirstComeRunGrain : IMechanismRunGrain;

/// <summary>What it stores: nothing of its own.</summary>
[GenerateSerializer, Immutable, Alias("sample.FirstComeState")]
public sealed record FirstComeState : IMechanismState<FirstComeState>
{
    [Id(0)] public required RunState Run { get; init; }

    public FirstComeState With(RunState run) => this with { Run = run };
}

internal sealed class FirstComeRunGrain(
    [PersistentState("first-come", StorageNames.Market)] IPersistentState<FirstComeState> storage, RunServices services)
    : MechanismRunGrain<FirstComeState>(storage, services), IFirstComeRunGrain
{
    protected override (FirstComeState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now) =>
        (new FirstComeState { Run = RunRules.Opened(order, Credits.Whole(2), now) }, null);

    protected override void SetOut(FirstComeState state) => Announce(state, state.Run.Order.MaxPrice);

    protected override Refusal? CheckJoin(FirstComeState state, string proverId, DateTimeOffset now) =>
        RunRules.CheckJoin(state.Run, proverId, now) ?? RunRules.CheckPlace(state.Run, proverId, places: 1);

    protected override Credits RewardOf(FirstComeState state, string proverId) => state.Run.Order.MaxPrice;

    protected override FirstComeState Verified(FirstComeState state, AcceptedProof proof) =>
        state.With(RunRules.Finished(RunRules.Delivered(state.Run, proof, state.Run.Order.MaxPrice), proof.VerifiedAt));
}
