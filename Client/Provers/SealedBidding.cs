using System.Security.Cryptography;
using System.Text;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>One bid in a sealed-bid auction, from the seal to the award. The bid and its nonce are in this process only until it is revealed: a
/// worker that dies in between cannot reveal any more and loses a part of its bond. So there is one bid, however often it has to be asked for: from the first seal that may have
/// been taken until the award, what passes is waited out here.</summary>
/// <param name="worker">The worker.</param>
/// <param name="invitation">The invitation to bid.</param>
/// <param name="bid">What to bid.</param>
/// <param name="sessionLost">Called when the market does not know the session.</param>
internal sealed class SealedBidding(WorkerContext worker, Invitation invitation, JobBid bid, Action sessionLost)
{
    // Nobody is told that bidding has closed, or that it has won: the shortest reveal window is four times as long.
    private static readonly BackOffOptions Asking = new() { First = TimeSpan.FromMilliseconds(100), Most = SealedBidParameters.ShortestRevealWindow / 4 };

    /// <summary>Bids, reveals, and fetches the award. Answers as the run does: what to prove, or why there is nothing.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled: the run is over, or the worker stops.</exception>
    public async Task<JoinAnswer> RunAsync(CancellationToken cancellationToken)
    {
        var run = worker.Grains.GetGrain<ISealedBidForWorkers>(invitation.RunGrain);
        var sealedBid = new SealedBid
        {
            Auction = invitation.RunKey,
            ProverId = worker.ProverId,
            Price = bid.Price,
            Eta = bid.Eta,
            Nonce = Bytes.CopyOf(SHA256.HashData(Encoding.UTF8.GetBytes(worker.Randomness.NextSecret() + worker.Randomness.NextSecret()))),
        };
        var commitment = SealedBidCommitment.Of(sealedBid);
        var calls = 0;
        var seal = await UntilAsync(
            "Bidding in",
            () =>
            {
                calls++;
                return run.SealAsync(worker.ProverId, worker.Session, commitment);
            },
            answer => answer.Refusal,
            // What was asked for once only, and refused, is not sealed. Of what was asked for again, nobody knows.
            code => calls > 1 && Passes(code),
            expected: null,
            cancellationToken);
        if (seal.Refusal is not null) return new JoinAnswer { Refusal = seal.Refusal };

        var refusal = await UntilAsync(
            "Revealing in",
            () => run.RevealAsync(worker.ProverId, sealedBid),
            answer => answer,
            code => code == ReasonCode.RevealNotOpen || Passes(code),
            seal.BiddingCloses,
            cancellationToken);
        if (refusal is not null) return new JoinAnswer { Refusal = refusal };

        // Who loses is told to stop; a backup waits for its turn.
        var awards = worker.Grains.GetGrain<IRunForWorkers>(invitation.RunGrain);
        return await UntilAsync(
            "Asking for the award of",
            () => awards.JoinAsync(worker.ProverId, worker.Session),
            answer => answer.Refusal,
            code => code == ReasonCode.NotAwarded || Passes(code),
            expected: null,
            cancellationToken);
    }

    private static bool Passes(ReasonCode code) => JoinRefusals.FollowUp(code) != JoinFollowUp.Drop;

    /// <summary>Asks again and again, also at the time when another answer is expected, and from then on as often as at first. While the market has something against this prover
    /// that passes, it is asked at the growing intervals of every outage.</summary>
    private async Task<T> UntilAsync<T>(
        string what, Func<Task<T>> ask, Func<T, Refusal?> refusalOf, Predicate<ReasonCode> isNotYet, DateTimeOffset? expected, CancellationToken cancellationToken)
    {
        for (int asked = 0, putOff = 0; ;)
        {
            var answer = await worker.Calls.RepeatAsync($"{what} run {invitation.RunKey}", ask, cancellationToken);
            if (refusalOf(answer) is not { } refusal || !isNotYet(refusal.Code)) return answer;
            TimeSpan wait;
            if (Passes(refusal.Code))
            {
                wait = BackOff.Delay(worker.Options.BackOff, putOff++, worker.Randomness);
                JobReport.Postponed(worker, invitation.RunKey, refusal, wait);
                if (JoinRefusals.FollowUp(refusal.Code) == JoinFollowUp.ConnectAndTryLater) sessionLost();
            }
            else
            {
                (wait, putOff) = (BackOff.Delay(Asking, asked++, worker.Randomness), 0);
                // Timers count whole milliseconds and drop the rest: not a moment too early.
                if (expected - worker.Now is { } left && left > TimeSpan.Zero && left <= wait) (wait, asked) = (TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), 0);
            }
            await Task.Delay(wait, worker.Time, cancellationToken);
        }
    }
}
