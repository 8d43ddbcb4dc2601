using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Mechanisms;

namespace ProvingMarket.Grains.Requests;

/// <summary>The steps of a request after its submission, to its end: each one does a single repeatable thing elsewhere and writes the next
/// state.</summary>
internal sealed class RequestSteps(
    RequestMemory memory, RequestIntake intake, MechanismCatalog mechanisms, IGrainFactory grains, SlashSplit slashSplit, TimeProvider time)
{
    private ProofRequestSpec Spec => memory.Submitted!.Spec;

    private RequestState State => memory.State!;

    private string RunKey => GrainKeys.Run(memory.RequestId, State.Stage);

    private IMechanismRunGrain Run => mechanisms.GetRun(grains, State.Plan!.Stages[State.Stage], RunKey);

    /// <summary>One step. True when the state moved and there may be another.</summary>
    public async Task<bool> AdvanceAsync()
    {
        switch (memory.State?.Phase)
        {
            case null when memory.Submitted is not null:
                await intake.CompleteAsync();
                return true;
            case RequestPhase.Routed:
                await OpenAsync();
                return true;
            case RequestPhase.Open:
                return await FollowRunAsync();
            case RequestPhase.Settling:
                await SettleAsync();
                return true;
            default:
                await intake.LeaveAsync();
                return false;
        }
    }

    private async Task OpenAsync()
    {
        var now = time.GetUtcNow();
        if (await Run.StartAsync(Order()) is { } refusal) await DecideAsync(new RunReport { Reason = refusal.Code, EndedAt = now });
        else await memory.WriteAsync(RequestLifecycle.Opened(State, now));
    }

    private async Task<bool> FollowRunAsync()
    {
        var progress =
            State.CancelRequested ? await Run.ConcludeAsync(ReasonCode.CancelledByRequester)
            : time.GetUtcNow() >= Spec.HardDeadline ? await Run.ConcludeAsync(ReasonCode.None)
            : await Run.GetProgressAsync();
        memory.Learn(progress);
        if (progress.Report is not { } report) return false;
        await DecideAsync(report);
        return true;
    }

    private async Task DecideAsync(RunReport report)
    {
        if (report.Proof is { } accepted && memory.Proof is null)
            await memory.WriteAsync(new StoredProof { Proof = accepted.Proof, PublicInputs = Spec.PublicInputs });
        var settlement = SettlementRules.Of(memory.RequestId, Spec.Account, Spec.MaxPrice, report, slashSplit, time.GetUtcNow());
        await memory.WriteAsync(RequestLifecycle.Decided(State, report, memory.Run?.Events ?? [], settlement, time.GetUtcNow()));
    }

    private async Task SettleAsync()
    {
        await new SettlementOutbox(grains, memory.RequestId).CarryOutAsync(State.Settlement!, RunKey, Spec.Account, State.SubmittedAt);
        await memory.WriteAsync(RequestLifecycle.Settled(State, time.GetUtcNow()));
    }

    private RunOrder Order() => new()
    {
        RequestId = memory.RequestId,
        Stage = State.Stage,
        Mechanism = State.Plan!.Stages[State.Stage],
        Program = memory.Submitted!.Program,
        PublicInputs = Spec.PublicInputs,
        MaxPrice = Spec.MaxPrice,
        SoftDeadline = Spec.SoftDeadline,
        HardDeadline = Spec.HardDeadline,
        Constraints = Spec.Constraints,
    };
}
