using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;

namespace ProvingMarket.Grains.Mechanisms.Elections;

/// <summary>A run that elects its provers: draws them, calls them, and calls backups. Its decisions are <see cref="ElectionRules"/>.</summary>
/// <typeparam name="TState">The mechanism's state.</typeparam>
internal abstract class ElectionRunGrain<TState>(IPersistentState<TState> storage, RunServices services) : CallingRunGrain<TState>(storage, services)
    where TState : class, IElectionState<TState>
{
    private TimeSpan _lookAgainAfter = services.Options.AnnounceInterval;

    /// <summary>What an elected prover is told that its proof is paid at most.</summary>
    protected abstract Credits PostedReward(TState state);

    protected override Credits PostedReward(TState state, string proverId) => PostedReward(state);

    protected override DateTimeOffset AnswerBy(TState state, DateTimeOffset now) => ElectionRules.AnswerBy(state.Run, state.Election, now);

    /// <summary>Who was refused may be drawn again, but not at once: what refuses it has to pass.</summary>
    protected override TState Answered(TState state, bool granted, DateTimeOffset now)
    {
        if (granted) _lookAgainAfter = Services.Options.AnnounceInterval;
        return granted ? state : state.With(state.Run, LookLater(state.Election, now));
    }

    protected override DateTimeOffset? NextAt(TState state) => ElectionRules.NextAt(state.Run, state.Election);

    protected override async Task ChooseAsync(TState state, DateTimeOffset now)
    {
        var (run, election) = (state.Run, state.Election);
        if (ElectionRules.FreeSeats(run, election) == 0) return;
        if (!election.Waiting.IsEmpty) await CommitAsync(Become(state, ElectionRules.Called(run, election, now)));
        else if (election.Beacon is null) await CommitAsync(Become(state, ElectionRules.Committed(run, election, Services.Beacons.Next(), now)));
        else await DrawAsync(state, now);
    }

    private async Task DrawAsync(TState state, DateTimeOffset now)
    {
        var candidates = ElectionRules.Drawable(state.Run, Candidates(await FindCandidatesAsync(state, ElectionRules.DeliverBy(state.Run, state.Election, now))));
        TellRequest();
        if (candidates.IsEmpty)
        {
            Remember(state.With(state.Run, LookLater(state.Election, now)));
            return;
        }
        var (run, election) = ElectionRules.Drawn(state.Run, state.Election, candidates, now);
        await CommitAsync(Become(state, ElectionRules.Called(run, election, now)));
    }

    private Election LookLater(Election election, DateTimeOffset now)
    {
        var later = ElectionRules.LookedInVain(election, now + _lookAgainAfter);
        _lookAgainAfter = TimeSpan.FromTicks(Math.Min(_lookAgainAfter.Ticks * 2, Services.Options.AnnounceIntervalLimit.Ticks));
        return later;
    }

    private static TState Become(TState state, (RunState Run, Election Election) next) => state.With(next.Run, next.Election);

    private static IEnumerable<ElectionCandidate> Candidates(CandidateAnswer eligible) => eligible.Provers.Select((prover, i) => new ElectionCandidate
    {
        ProverId = prover, Stake = eligible.Stakes[i], ReputationPpm = eligible.ReputationsPpm[i],
    });
}
