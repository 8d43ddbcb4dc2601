using Microsoft.Extensions.Logging;
using ProvingMarket.Domain;

namespace ProvingMarket.Client.Provers;

/// <summary>The worker's log messages.</summary>
internal static partial class ProverLog
{
    [LoggerMessage(101, LogLevel.Information, "Prover {ProverId}: offering {Programs} program(s) on {Slots} slot(s) with backend {Backend}, session {Session}")]
    public static partial void Starting(this ILogger logger, string proverId, int programs, int slots, string backend, string session);

    [LoggerMessage(102, LogLevel.Information, "Backend: {Progress}")]
    public static partial void Preparing(this ILogger logger, string progress);

    [LoggerMessage(103, LogLevel.Information, "Prover {ProverId} is connected")]
    public static partial void Connected(this ILogger logger, string proverId);

    [LoggerMessage(104, LogLevel.Warning, "Prover {ProverId} has lost the market ({Cause}) and tries again in {Milliseconds:0} ms, then at growing intervals")]
    public static partial void ConnectionLost(this ILogger logger, string proverId, string cause, double milliseconds);

    [LoggerMessage(105, LogLevel.Debug, "Prover {ProverId}: still no market ({Cause}), trying again in {Milliseconds:0} ms")]
    public static partial void StillLost(this ILogger logger, string proverId, string cause, double milliseconds);

    [LoggerMessage(106, LogLevel.Warning, "Prover {ProverId} was refused by the market and tries again in {Milliseconds:0} ms: {Refusal}")]
    public static partial void ConnectRefused(this ILogger logger, string proverId, Refusal refusal, double milliseconds);

    [LoggerMessage(107, LogLevel.Warning, "Prover {ProverId}: the session ended before its first renewal. Another worker may be running under the same id; connecting again in {Milliseconds:0} ms")]
    public static partial void SessionTaken(this ILogger logger, string proverId, double milliseconds);

    [LoggerMessage(108, LogLevel.Information, "Prover {ProverId} is draining: {Running} proof(s) still run")]
    public static partial void Draining(this ILogger logger, string proverId, int running);

    [LoggerMessage(109, LogLevel.Warning, "Prover {ProverId}: {Running} proof(s) were not done in time and are given back")]
    public static partial void GivingBack(this ILogger logger, string proverId, int running);

    [LoggerMessage(110, LogLevel.Information, "Prover {ProverId} has left the market")]
    public static partial void Left(this ILogger logger, string proverId);

    [LoggerMessage(111, LogLevel.Warning, "Prover {ProverId} could not say goodbye; its session will lapse")]
    public static partial void LeaveFailed(this ILogger logger, Exception exception, string proverId);

    [LoggerMessage(112, LogLevel.Debug, "Prover {ProverId}: the observer's old reference was not known any more")]
    public static partial void ReferenceUnknown(this ILogger logger, Exception exception, string proverId);

    [LoggerMessage(120, LogLevel.Debug, "Run {RunKey}: queued, deadline {Deadline:O}")]
    public static partial void Queued(this ILogger logger, string runKey, DateTimeOffset deadline);

    [LoggerMessage(121, LogLevel.Information, "Run {RunKey}: declined, {Reason}")]
    public static partial void Declined(this ILogger logger, string runKey, ReasonCode reason);

    [LoggerMessage(122, LogLevel.Information, "Run {RunKey}: dropped from the queue, {Why}")]
    public static partial void Dropped(this ILogger logger, string runKey, string why);

    [LoggerMessage(123, LogLevel.Debug, "Run {RunKey}: not now ({Refusal}), trying again in {Milliseconds:0} ms")]
    public static partial void JoinPostponed(this ILogger logger, string runKey, Refusal refusal, double milliseconds);

    [LoggerMessage(124, LogLevel.Information, "Run {RunKey}: not joined, {Refusal}")]
    public static partial void JoinRefused(this ILogger logger, string runKey, Refusal refusal);

    [LoggerMessage(125, LogLevel.Information, "Run {RunKey}: joined, proving until {Deadline:O}")]
    public static partial void Joined(this ILogger logger, string runKey, DateTimeOffset deadline);

    [LoggerMessage(126, LogLevel.Information, "Run {RunKey}: won {Reward} credits after {Seconds:0.00} s of proving")]
    public static partial void Won(this ILogger logger, string runKey, Credits reward, double seconds);

    [LoggerMessage(127, LogLevel.Information, "Run {RunKey}: {Outcome}, {Reason} {Detail}")]
    public static partial void EndedWithoutReward(this ILogger logger, string runKey, JobOutcome outcome, ReasonCode reason, string detail);

    [LoggerMessage(128, LogLevel.Error, "Run {RunKey}: failed, {Reason} {Detail}")]
    public static partial void Failed(this ILogger logger, string runKey, ReasonCode reason, string detail);

    [LoggerMessage(129, LogLevel.Error, "Run {RunKey}: the job broke off")]
    public static partial void JobBroke(this ILogger logger, Exception exception, string runKey);

    [LoggerMessage(130, LogLevel.Error, "Run {RunKey}: the job policy failed; the invitation is declined")]
    public static partial void PolicyFailed(this ILogger logger, Exception exception, string runKey);

    [LoggerMessage(131, LogLevel.Error, "A listener failed on the event {Kind}")]
    public static partial void ListenerFailed(this ILogger logger, Exception exception, ProverEventKind kind);

    [LoggerMessage(132, LogLevel.Debug, "Run {RunKey}: the market did not take the message that it was declined")]
    public static partial void DeclineLost(this ILogger logger, Exception exception, string runKey);

    [LoggerMessage(133, LogLevel.Debug, "Run {RunKey}: could not ask whether it is over")]
    public static partial void PollFailed(this ILogger logger, Exception exception, string runKey);

    [LoggerMessage(134, LogLevel.Information, "The order book of {ProgramId} did not take the ask: {Refusal}; tried again")]
    public static partial void AskRefused(this ILogger logger, string programId, Refusal refusal);

    [LoggerMessage(135, LogLevel.Debug, "The order book of {ProgramId} could not be reached; tried again")]
    public static partial void AskFailed(this ILogger logger, Exception exception, string programId);

    [LoggerMessage(136, LogLevel.Warning, "Run {RunKey}: the market has not heard in time that it was declined; a lease that is reserved may count as missed")]
    public static partial void DeclineUnheard(this ILogger logger, string runKey);

    [LoggerMessage(137, LogLevel.Warning, "Prover {ProverId}: not all of its asks could be cancelled in time; they are passed over while it is gone")]
    public static partial void AsksLeft(this ILogger logger, string proverId);

    [LoggerMessage(138, LogLevel.Error, "No work is taken for program {ProgramId} until {Until:O}: {Why}")]
    public static partial void ProgramSuspended(this ILogger logger, string programId, DateTimeOffset until, string why);
}
