using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Grains.Mechanisms.Elections;

/// <summary>A run that elects its provers: draws, reserves their leases, pushes the assignments and calls backups. Its decisions are
/// <see cref="ElectionRules"/>.</summary>
/// <typeparam name="TState">The mechanism's state.</typeparam>
internal abstract class ElectionRunGrain<TState>(IPersistentState<TState> storage, RunServices services) : MechanismRunGrain<TState>(storage, services)
    where TState : class, IElectionState<TState>
{
    private TimeSpan _lookAgainAfter = services.Options.AnnounceInterval;

    /// <summary>What an elected prover is told that its proof is paid at most.</summary>
    protected abstract Credits PostedReward(TState state);

    protected override Credits RewardOf(TState state, string proverId) => PostedReward(state);

    protected override Refusal? CheckJoin(TState state, string proverId, DateTimeOffset now) => ElectionRules.CheckJoin(state.Run, proverId, now);

    protected override DateTimeOffset? NextAt(TState state) => ElectionRules.NextAt(state.Run, state.Election);

    /// <summary>After a crash everybody who had been called is called again and has the whole time to answer: nobody could answer meanwhile.</summary>
    protected override void SetOut(TState state) => 
        Remember(state.With(RunRules.NobodyTold(state.Run, ElectionRules.AnswerBy(state.Run, state.Election, Now))));

    protected override async Task ActAsync(TState state, DateTimeOffset now)
    {
        var (run, election) = (state.Run, state.Election);
        if (ElectionRules.ToReserve(run) is { IsEmpty: false } noted) await ReserveAsync(state, noted);
        else if (ElectionRules.Silent(run, now) is { IsEmpty: false } silent) await LapseAsync(state, silent, now);
        else if (ElectionRules.Late(run, now) is { IsEmpty: false } late) await MissAsync(state, late, now);
        else if (ElectionRules.FreeSeats(run, election) == 0) return;
        else if (!election.Waiting.IsEmpty) await CommitAsync(Become(state, ElectionRules.Called(run, election, now)));
        else if (election.Beacon is null) await CommitAsync(Become(state, ElectionRules.Committed(run, election, Services.Beacons.Next(), now)));
        else await DrawAsync(state, now);
    }

    private async Task DrawAsync(TState state, DateTimeOffset now)
    {
        var candidates = ElectionRules.Drawable(state.Run, Candidates(await FindCandidatesAsync(state)));
        TellRequest();
        if (candidates.IsEmpty)
        {
            Remember(state.With(state.Run, LookLater(state.Election, now)));
            return;
        }
        var (run, election) = ElectionRules.Drawn(state.Run, state.Election, candidates, now);
        await CommitAsync(Become(state, ElectionRules.Called(run, election, now)));
    }

    private async Task ReserveAsync(TState state, ImmutableArray<RunParticipant> noted)
    {
        var answers = await ReserveManyAsync(noted);
        var (run, now) = (state.Run, Now);
        var answerBy = ElectionRules.AnswerBy(run, state.Election, now);
        foreach (var (prover, answer) in answers.OrderBy(answer => answer.Key, StringComparer.Ordinal))
        {
            run = answer.Lease is null
                ? ElectionRules.NotReserved(run, prover, answer.Refusal!, now)
                : RunRules.Offered(run, prover, answer.Session, answer.Account, answerBy, now);
        }
        // Whose invitation gets lost would seem silent: all are called before any of it counts, and called again when one cannot be.
        var invitation = Invitation(state, PostedReward(state), InvitationKind.Assigned, answerBy);
        await Task.WhenAll(answers.Where(answer => answer.Value.Lease is not null).Select(answer => InviteAsync(answer.Key, invitation)));
        if (ReferenceEquals(run, state.Run)) return;
        // Who was refused may be drawn again, but not at once: what refuses it has to pass.
        var inVain = answers.Keys.All(prover => run.Participants.GetValueOrDefault(prover)?.Status is not ParticipantStatus.Offered);
        if (!inVain) _lookAgainAfter = Services.Options.AnnounceInterval;
        Remember(state.With(run, inVain ? LookLater(state.Election, now) : state.Election));
        TellRequest();
    }

    private Election LookLater(Election election, DateTimeOffset now)
    {
        var later = ElectionRules.LookedInVain(election, now + _lookAgainAfter);
        _lookAgainAfter = TimeSpan.FromTicks(Math.Min(_lookAgainAfter.Ticks * 2, Services.Options.AnnounceIntervalLimit.Ticks));
        return later;
    }

    private async Task LapseAsync(TState state, ImmutableArray<string> silent, DateTimeOffset now)
    {
        var run = silent.Aggregate(state.Run, (before, prover) => RunRules.Lapsed(before, prover, now));
        await CommitAsync(state.With(run));
        Stop(silent, ReasonCode.LeaseLapsed);
        TellRequest();
        // Frees their slots now. Should it fail, the settlement does it.
        await Task.WhenAll(silent.Select(prover => EndLeaseAsync(run.Participants[prover])));
    }

    /// <summary>Their leases stay until the settlement, which slashes their bonds and says to whom they go.</summary>
    private async Task MissAsync(TState state, ImmutableArray<string> late, DateTimeOffset now)
    {
        await CommitAsync(state.With(late.Aggregate(state.Run, (before, prover) => RunRules.Missed(before, prover, now))));
        Stop(late, ReasonCode.LeaseMissed);
        TellRequest();
    }

    private static TState Become(TState state, (RunState Run, Election Election) next) => state.With(next.Run, next.Election);

    private static IEnumerable<ElectionCandidate> Candidates(CandidateAnswer eligible) => eligible.Provers.Select((prover, i) => new ElectionCandidate
    {
        ProverId = prover, Stake = eligible.Stakes[i], ReputationPpm = eligible.ReputationsPpm[i],
    });
}
