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

    /// <summary>Whether a seat is free, so that somebody is to be called or drawn.</summary>
    protected virtual bool WantsProvers(TState state) => ElectionRules.FreeSeats(state.Run, state.Election) > 0;

    /// <summary>The state with those called who were drawn and are waiting, as far as there are seats.</summary>
    protected virtual TState Called(TState state, DateTimeOffset now) => Become(state, ElectionRules.Called(state.Run, state.Election, now));

    protected override DateTimeOffset AnswerBy(TState state, DateTimeOffset now) => ElectionRules.AnswerBy(state.Run, state.Election, now);

    protected override DateTimeOffset DeliverBy(TState state, DateTimeOffset now) => ElectionRules.DeliverBy(state.Run, state.Election, now);

    /// <summary>Who was refused may be drawn again, but not at once: what refuses it has to pass.</summary>
    protected override TState Answered(TState state, bool granted, DateTimeOffset now)
    {
        if (granted) _lookAgainAfter = Services.Options.AnnounceInterval;
        return granted ? state : LookLater(state, now);
    }

    protected override DateTimeOffset? NextAt(TState state) => ElectionRules.NextAt(state.Run, state.Election);

    protected override async Task ChooseAsync(TState state, DateTimeOffset now)
    {
        var (run, election) = (state.Run, state.Election);
        if (!WantsProvers(state)) return;
        if (!election.Waiting.IsEmpty) await CommitAsync(Called(state, now));
        else if (election.Beacon is null) await CommitAsync(Become(state, ElectionRules.Committed(run, election, Services.Beacons.Next(), now)));
        else await DrawAsync(state, now);
    }

    /// <summary>Looks for candidates and draws among them, with the randomness committed to.</summary>
    protected virtual async Task DrawAsync(TState state, DateTimeOffset now)
    {
        var candidates = ElectionRules.Drawable(state.Run, Candidates(await FindCandidatesAsync(state, ElectionRules.DeliverBy(state.Run, state.Election, now))));
        TellRequest();
        if (candidates.IsEmpty)
        {
            Remember(LookLater(state, now));
            return;
        }
        var (run, election) = ElectionRules.Drawn(state.Run, state.Election, candidates, now);
        await CommitAsync(Called(state.With(run, election), now));
    }

    /// <summary>Nobody could be drawn: looks again later, and ever less often.</summary>
    protected TState LookLater(TState state, DateTimeOffset now)
    {
        var later = ElectionRules.LookedInVain(state.Election, now + _lookAgainAfter);
        _lookAgainAfter = TimeSpan.FromTicks(Math.Min(_lookAgainAfter.Ticks * 2, Services.Options.AnnounceIntervalLimit.Ticks));
        return state.With(state.Run, later);
    }

    private static TState Become(TState state, (RunState Run, Election Election) next) => state.With(next.Run, next.Election);

    /// <summary>Who can be drawn, of those who are eligible.</summary>
    protected static IEnumerable<ElectionCandidate> Candidates(CandidateAnswer eligible) => eligible.Provers.Select((prover, i) => new ElectionCandidate
    {
        ProverId = prover, Stake = eligible.Stakes[i], ReputationPpm = eligible.ReputationsPpm[i],
    });
}
