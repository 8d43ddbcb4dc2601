using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms.Runs;

/// <summary>Transitions of runs, shown on races.</summary>
internal static class Races
{
    internal static readonly DateTimeOffset Now = Samples.Now;

    internal static readonly Bytes Proof = Bytes.Utf8("""{"pi_a":[]}""");

    internal static RaceState JoiningOn(RaceState race, string proverId, string session) => Become(race, RunRules.Joining(race.Run, proverId, session));

    internal static RaceState JoinedOn(RaceState race, string proverId, string session, string account, DateTimeOffset now) =>
        Become(race, RunRules.Joined(race.Run, proverId, session, account, now));

    internal static RaceState JoinRefusedOn(RaceState race, string proverId, Refusal refusal, bool isFirstAttempt) =>
        Become(race, RunRules.JoinRefused(race.Run, proverId, refusal, isFirstAttempt));

    internal static RaceState DeclinedOn(RaceState race, string proverId, string session, ReasonCode reason, DateTimeOffset now) =>
        Become(race, RunRules.Declined(race.Run, proverId, session, reason, now));

    internal static RaceState DisqualifiedOn(RaceState race, string proverId, ReasonCode reason, string detail, DateTimeOffset now) =>
        Become(race, RunRules.Disqualified(race.Run, proverId, reason, detail, now));

    internal static RaceState ConcludedOn(RaceState race, ReasonCode cause, DateTimeOffset now) => Become(race, RunRules.Concluded(race.Run, cause, now));

    internal static RaceState WonOn(RaceState race, string proverId, Bytes proof, DateTimeOffset receivedAt, DateTimeOffset verifiedAt) =>
        race.With(RaceRules.Verified(race.Run, race.Parameters.Prize, new AcceptedProof { ProverId = proverId, Proof = proof, ReceivedAt = receivedAt, VerifiedAt = verifiedAt }));

    internal static Refusal? CheckSubmissionOn(RaceState race, string proverId, string session, Bytes publicInputs, Bytes proof, DateTimeOffset now) =>
        RunRules.CheckSubmission(race.Run, proverId, session, publicInputs, proof, now);

    internal static RaceState Become(RaceState race, RunState run) => ReferenceEquals(run, race.Run) ? race : race.With(run);

    internal static void Throws(Func<RaceState> transition) => Assert.Throws<InvalidOperationException>(transition);

    internal static (RequestPhase Phase, ReasonCode Reason, string? ProverId, string Detail) Last(RaceState race) =>
        (race.Events[^1].Phase, race.Events[^1].Reason, race.Events[^1].ProverId, race.Events[^1].Detail);

    internal static RaceState Started(params (string, string)[] parameters) => RaceRules.Start(Samples.Order(parameters), Now).State!;

    internal static RaceState Racing(RaceState race, string proverId) => Joined(JoiningOn(race, proverId, "s1"), proverId);

    internal static RaceState Joined(RaceState race, string proverId) => JoinedOn(race, proverId, "s1", $"{proverId}-account", Now);

    internal static RaceState Decline(RaceState race, string proverId) => DeclinedOn(race, proverId, "s1", ReasonCode.PriceBelowAsk, Now);

    internal static RaceState Disqualify(RaceState race, string proverId) =>
        DisqualifiedOn(race, proverId, ReasonCode.ProofInvalid, "pairing failed", Now);

    internal static Refusal? Submit(RaceState race, string proverId, string session, DateTimeOffset at) =>
        CheckSubmissionOn(race, proverId, session, race.Order.PublicInputs, Proof, at);

    internal static LeaseEnding Ending(string proverId, LeaseOutcome outcome, ReasonCode reason) => new()
    {
        ProverId = proverId, Outcome = outcome, Reason = reason, Bond = Credits.Whole(3), Deadline = Samples.Hard, Account = $"{proverId}-account",
    };
}
