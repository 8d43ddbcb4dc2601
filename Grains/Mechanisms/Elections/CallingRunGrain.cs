using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Grains.Mechanisms.Elections;

/// <summary>A run that chooses its provers itself, however it does: reserves the leases of those it has chosen, calls them, and lets go of those who do
/// not answer or miss their deadlines. Its decisions are <see cref="ElectionRules"/>.</summary>
/// <typeparam name="TState">The mechanism's state.</typeparam>
internal abstract class CallingRunGrain<TState>(IPersistentState<TState> storage, RunServices services) : MechanismRunGrain<TState>(storage, services)
    where TState : class, IMechanismState<TState>
{
    /// <summary>What a prover that is called is told that its proof is paid at most.</summary>
    protected abstract Credits PostedReward(TState state, string proverId);

    /// <summary>By when a prover called now has to answer.</summary>
    protected abstract DateTimeOffset AnswerBy(TState state, DateTimeOffset now);

    /// <summary>By when a prover called now has to deliver.</summary>
    protected abstract DateTimeOffset DeliverBy(TState state, DateTimeOffset now);

    /// <summary>Chooses the next prover; called when nothing is due for those who have been chosen.</summary>
    protected abstract Task ChooseAsync(TState state, DateTimeOffset now);

    /// <summary>The state after the registry has been asked for the leases of all who were called.</summary>
    /// <param name="state">With the answers.</param>
    /// <param name="granted">Whether any of them was granted.</param>
    /// <param name="now">The time.</param>
    protected virtual TState Answered(TState state, bool granted, DateTimeOffset now) => state;

    /// <summary>What a prover that is called is told.</summary>
    protected virtual Invitation InvitationTo(TState state, string proverId, DateTimeOffset answerBy) =>
        Invitation(state, PostedReward(state, proverId), InvitationKind.Assigned, answerBy);

    /// <summary>The state after a prover has missed its lease's own deadline.</summary>
    protected virtual TState Missed(TState state, string proverId, DateTimeOffset now) => With(state, RunRules.Missed(state.Run, proverId, now));

    protected override Credits RewardOf(TState state, string proverId) => PostedReward(state, proverId);

    protected override Refusal? CheckJoin(TState state, string proverId, DateTimeOffset now) => ElectionRules.CheckJoin(state.Run, proverId, now);

    /// <summary>After a crash everybody who had been called is called again and has the whole time to answer and to deliver: nobody could answer meanwhile.</summary>
    protected override void SetOut(TState state) => Remember(With(state, RunRules.NobodyTold(state.Run, AnswerBy(state, Now), DeliverBy(state, Now))));

    protected override async Task ActAsync(TState state, DateTimeOffset now)
    {
        if (ElectionRules.ToReserve(state.Run, now) is { IsEmpty: false } noted) await ReserveAsync(state, noted);
        else if (ElectionRules.Silent(state.Run, now) is { IsEmpty: false } silent) await LapseAsync(state, silent, now);
        else if (ElectionRules.Late(state.Run, now) is { IsEmpty: false } late) await MissAsync(state, late, now);
        else await ChooseAsync(state, now);
    }

    private async Task ReserveAsync(TState state, ImmutableArray<RunParticipant> noted)
    {
        var answers = await ReserveManyAsync(noted);
        var (run, now) = (state.Run, Now);
        var (answerBy, again) = (AnswerBy(state, now), now + Services.Options.AnnounceInterval);
        foreach (var (prover, answer) in answers.OrderBy(answer => answer.Key, StringComparer.Ordinal))
        {
            run = answer.Lease is null
                ? ElectionRules.NotReserved(run, prover, answer.Refusal!, now, again)
                : RunRules.Offered(run, prover, answer.Session, answer.Account, answerBy, now);
        }
        // Whose invitation gets lost would seem silent: all are called before any of it counts, and called again when one cannot be.
        await Task.WhenAll(answers.Where(answer => answer.Value.Lease is not null).Select(answer =>
            InviteAsync(answer.Key, InvitationTo(state, answer.Key, answerBy))));
        if (answers.Keys.All(prover => run.Participants.GetValueOrDefault(prover)?.Status == ParticipantStatus.Joining))
        {
            // Nobody else waits for those: what is due besides is done in the next turn.
            Remember(With(state, run));
            return;
        }
        var granted = answers.Keys.Any(prover => run.Participants.GetValueOrDefault(prover)?.Status is ParticipantStatus.Offered);
        Remember(Answered(With(state, run), granted, now));
        TellRequest();
    }

    private async Task LapseAsync(TState state, ImmutableArray<string> silent, DateTimeOffset now)
    {
        var run = silent.Aggregate(state.Run, (before, prover) => RunRules.Lapsed(before, prover, now));
        await CommitAsync(With(state, run));
        Stop(silent, ReasonCode.LeaseLapsed);
        TellRequest();
        // Frees their slots now. Should it fail, the settlement does it.
        await Task.WhenAll(silent.Select(prover => EndLeaseAsync(run.Participants[prover])));
    }

    /// <summary>Their leases end now, which frees their slots and takes what is slashed of their bonds; the settlement says to whom that goes. Should it fail, the settlement does
    /// both.</summary>
    private async Task MissAsync(TState state, ImmutableArray<string> late, DateTimeOffset now)
    {
        var missed = late.Aggregate(state, (before, prover) => Missed(before, prover, now));
        await CommitAsync(missed);
        Stop(late, ReasonCode.LeaseMissed);
        TellRequest();
        await Task.WhenAll(late.Select(prover => EndLeaseAsync(missed.Run.Participants[prover])));
    }
}
