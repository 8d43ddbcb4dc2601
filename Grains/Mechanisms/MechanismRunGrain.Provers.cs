using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Mechanisms;

/// <content>What a mechanism asks of provers: who is eligible, who is invited, called and stopped, and whose lease is taken or ended.</content>
public abstract partial class MechanismRunGrain<TState>
{
    /// <summary>Looks for provers and invites who is new among the eligible, again and again while the run is open.</summary>
    /// <param name="state">The run.</param>
    /// <param name="reward">What a valid proof is paid at most.</param>
    /// <param name="kind">What is wanted of them.</param>
    /// <param name="answerBy">By when; null when any time will do.</param>
    protected void Announce(TState state, Credits reward, InvitationKind kind = InvitationKind.Open, DateTimeOffset? answerBy = null) =>
        Announce(state, Invitation(state, reward, kind, answerBy));

    /// <summary>Looks for provers and invites who is new among the eligible, again and again while the run is open.</summary>
    protected void Announce(TState state, Invitation invitation)
    {
        _announcements.End();
        _announcements.Begin(Query(state), invitation, Announced);
    }

    /// <summary>Everybody invited; <see cref="NextAt"/> is asked again when there are more of them. Null before all shards have announced the run, and in an activation that goes on with
    /// a run that another one has started: after a crash provers connect again one after the other, and who was invited before may yet come.</summary>
    protected IReadOnlyCollection<string>? InvitedProvers => _hasStarted && _announcer.Count > 0 ? _announcer.InvitedProvers : null;

    /// <summary>Reserves the lease of a participant, on its terms. Repeatable.</summary>
    protected Task<ReserveAnswer> ReserveLeaseAsync(string proverId, string session) =>
        _leases.ReserveAsync(State!.Run.Order, proverId, session, RunRules.TermsOf(State.Run, State.Run.Participants[proverId]));

    /// <summary>Nobody else is to be invited.</summary>
    protected void StopAnnouncing() => _announcements.End();

    /// <summary>Asks all registry shards at once who is eligible, with stakes and reputations, and remembers how many are not and why.</summary>
    /// <param name="state">The run.</param>
    /// <param name="deadline">By when they would have to deliver.</param>
    protected async Task<CandidateAnswer> FindCandidatesAsync(TState state, DateTimeOffset deadline)
    {
        var eligible = await _announcer.FindAsync(Query(state) with { ForDraw = true, Deadline = deadline });
        _announcer.NoteLeftOut(eligible);
        return eligible;
    }

    /// <summary>Remembers how many provers were not eligible, and why.</summary>
    protected void NoteLeftOut(CandidateAnswer eligible) => _announcer.NoteLeftOut(eligible);

    /// <summary>Tells one prover of the run; waits until it is in the prover's inbox, not for its worker.</summary>
    protected Task InviteAsync(string proverId, Invitation invitation) => _announcer.CallAsync(proverId, invitation);

    /// <summary>Tells provers to stop, and why; waits for nobody.</summary>
    protected void Stop(IReadOnlyCollection<string> provers, ReasonCode reason) => _announcer.Stop(provers, reason);

    /// <summary>Tells a prover that some statements of a batch need no more work; waits for nobody.</summary>
    protected void StopStatements(string proverId, ImmutableArray<int> statements) => _announcer.StopStatements(proverId, statements);

    private void Announced()
    {
        TellRequest();
        if (State is { Run.Report: null } state) _clock.Set(NextAt(state));
    }

    /// <summary>The invitation to this run.</summary>
    protected Invitation Invitation(TState state, Credits reward, InvitationKind kind, DateTimeOffset? answerBy) => new()
    {
        RunKey = RunKey,
        RunGrain = this.GetGrainId(),
        Mechanism = state.Run.Order.Mechanism.Name,
        ProgramId = state.Run.Order.Program.ProgramId,
        Work = state.Run.Order.Program.Work,
        Reward = reward,
        Bond = state.Run.Bond,
        SoftDeadline = state.Run.Order.SoftDeadline,
        HardDeadline = state.Run.Order.HardDeadline,
        Kind = kind,
        AnswerBy = answerBy,
        Rescue = RescueOf(LostFor(state)),
    };

    /// <summary>What provers have lost of their bonds on the request so far: if it is proved, whoever delivers first has a share.</summary>
    private static IEnumerable<LostBond> LostFor(TState state) => state.Run.Order.LostBefore.Concat(RunRules.LostIn(state.Run));

    private Credits RescueOf(IEnumerable<LostBond> bonds) =>
        bonds.Aggregate(Credits.Zero, (sum, bond) => sum + SettlementRules.RescueOf(bond.Amount, _services.Options.SlashSplit));

    /// <summary>Ends a participant's lease at the registry as its status says, before the run ends. Repeatable.</summary>
    protected Task EndLeaseAsync(RunParticipant participant) =>
        _leases.EndAsync(RunRules.EndingOf(State!.Run, participant, hasProof: false, deadlinePassed: false));

    /// <summary>Ends the lease of a participant that is out or through: its slot and what is left of its bond are free, and what it did is counted, before the run ends. Not waited for: should
    /// it fail, or be cut off, the settlement does it.</summary>
    protected void EndLeaseSoon(string proverId) => _ = EndLeaseOrNoteAsync(State!.Run.Participants[proverId]);

    private async Task EndLeaseOrNoteAsync(RunParticipant participant)
    {
        try
        {
            await EndLeaseAsync(participant);
        }
        catch (Exception e)
        {
            LogLeaseNotEnded(_logger, RunKey, participant.ProverId, e);
        }
    }

    /// <summary>Reserves leases that the run has noted on its own account (<see cref="RunRules.Joining"/> without a session). Repeatable.</summary>
    /// <returns>What became of each, by prover.</returns>
    protected Task<IReadOnlyDictionary<string, ReserveAnswer>> ReserveManyAsync(IEnumerable<RunParticipant> participants)
    {
        var run = State!.Run;
        return _leases.ReserveManyAsync(run.Order, [.. participants.Select(participant => (participant.ProverId, RunRules.TermsOf(run, participant)))]);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: the lease of prover {ProverId} could not be ended before the run; the settlement ends it")]
    private static partial void LogLeaseNotEnded(ILogger logger, string runKey, string proverId, Exception exception);
}
