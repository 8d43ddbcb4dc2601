using System.Collections.Immutable;
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
        if (!WantsProvers(state)) return;
        if (!state.Election.Waiting.IsEmpty) await CommitAsync(Called(state, now));
        else if (state.Election.Beacon is null) await CommitToRandomnessAsync(state, now);
        else if (state.Election.Beacon.Round is not null) await DrawByRoundAsync(state, now);
        else if (await LookAsync(state, now) is { IsEmpty: false } candidates) await DrawAsync(state, candidates, now);
    }

    /// <summary>Looks for those who can be drawn.</summary>
    /// <returns>They; none when they are too few for a draw.</returns>
    protected virtual async Task<ImmutableArray<ElectionCandidate>> FindAsync(TState state, DateTimeOffset now) => (await FindDrawableAsync(state, now)).Drawable;

    /// <summary>The state after a draw among candidates, with the randomness committed to.</summary>
    protected virtual Task<TState> DrawnAsync(TState state, ImmutableArray<ElectionCandidate> candidates, DateTimeOffset now) =>
        Task.FromResult(Become(state, ElectionRules.Drawn(state.Run, state.Election, candidates, now)));

    /// <summary>Looks for those who are eligible for the lease of a prover that is called now. Those of them whose lease could not be reserved are left out until they can be drawn
    /// again, and the requester is told why.</summary>
    /// <returns>Who can be drawn, and who is eligible with those who are left out.</returns>
    protected async Task<(ImmutableArray<ElectionCandidate> Drawable, CandidateAnswer Eligible)> FindDrawableAsync(TState state, DateTimeOffset now)
    {
        var eligible = await FindCandidatesAsync(state, ElectionRules.DeliverBy(state.Run, state.Election, now));
        var candidates = eligible.Provers.Select((prover, i) => new ElectionCandidate
        {
            ProverId = prover, Stake = eligible.Stakes[i], ReputationPpm = eligible.ReputationsPpm[i],
        }).ToArray();
        var drawable = ElectionRules.Drawable(state.Run, candidates, now, Services.Options.AnnounceInterval);
        var notCalled = CallingRules.NotCalled(state.Run, eligible.Provers, [.. drawable.Select(candidate => candidate.ProverId)]);
        eligible = eligible with { LeftOut = Eligibility.Sum([eligible.LeftOut, notCalled]) };
        NoteLeftOut(eligible);
        return (drawable, eligible);
    }

    /// <summary>To randomness of the market's own at once, and to a round of a public beacon with the candidates: whoever came after it was published could have chosen an identity that wins.</summary>
    private async Task CommitToRandomnessAsync(TState state, DateTimeOffset now)
    {
        var beacon = Services.Beacons.Next();
        if (beacon.Round is null)
        {
            await CommitAsync(Become(state, ElectionRules.Committed(state.Run, state.Election, beacon, now)));
            return;
        }
        if (await LookAsync(state, now) is not { IsEmpty: false } candidates) return;
        // While they were looked for, the round may have been published.
        await CommitAsync(Become(state, ElectionRules.CommittedToRound(state.Run, state.Election, Services.Beacons.Next(), candidates, Now)));
    }

    private async Task DrawByRoundAsync(TState state, DateTimeOffset now)
    {
        var round = state.Election.Beacon!;
        if (now < round.PublishedAt) Remember(state.With(state.Run, ElectionRules.LookedInVain(state.Election, round.PublishedAt.Value)));
        else if (Services.Beacons.ValueOf(round) is { Length: > 0 } value)
            await DrawAsync(state.With(state.Run, ElectionRules.Published(state.Election, value)), ElectionRules.CandidatesOf(state.Run), now);
        else Remember(LookLater(state, now));
    }

    private async Task<ImmutableArray<ElectionCandidate>> LookAsync(TState state, DateTimeOffset now)
    {
        var candidates = await FindAsync(state, now);
        TellRequest();
        if (candidates.IsEmpty) Remember(LookLater(state, now));
        return candidates;
    }

    private async Task DrawAsync(TState state, ImmutableArray<ElectionCandidate> candidates, DateTimeOffset now) =>
        await CommitAsync(Called(await DrawnAsync(state, candidates, now), now));

    /// <summary>Nobody could be drawn: looks again later, and ever less often.</summary>
    private TState LookLater(TState state, DateTimeOffset now)
    {
        var later = ElectionRules.LookedInVain(state.Election, now + _lookAgainAfter);
        _lookAgainAfter = TimeSpan.FromTicks(Math.Min(_lookAgainAfter.Ticks * 2, Services.Options.AnnounceIntervalLimit.Ticks));
        return state.With(state.Run, later);
    }

    private static TState Become(TState state, (RunState Run, Election Election) next) => state.With(next.Run, next.Election);
}
