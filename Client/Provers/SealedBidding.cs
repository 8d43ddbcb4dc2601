using System.Security.Cryptography;
using System.Text;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>One bid in a sealed-bid auction, from the seal to the award. The bid and its nonce are in this process only until it is revealed: a
/// worker that dies in between cannot reveal any more and loses a part of its bond.</summary>
internal sealed class SealedBidding(WorkerContext worker, Invitation invitation, JobBid bid)
{
    // Nobody is told that bidding has closed, or that it has won: the shortest reveal window is four times as long.
    private static readonly BackOffOptions Asking = new() { First = TimeSpan.FromMilliseconds(100), Most = SealedBidParameters.ShortestRevealWindow / 4 };

    /// <summary>Bids, reveals, and waits for the award. Null when the assignment can be fetched, else why not.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled: the run is over, or the worker stops.</exception>
    public async Task<Refusal?> RunAsync(CancellationToken cancellationToken)
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
        var answer = await worker.Calls.RepeatAsync(
            $"Bidding in run {invitation.RunKey}", () => run.SealAsync(worker.ProverId, worker.Session, commitment), cancellationToken);
        if (answer.Refusal is not null) return answer.Refusal;

        var refusal = await UntilAsync(
            ReasonCode.RevealNotOpen,
            () => worker.Calls.RepeatAsync($"Revealing in run {invitation.RunKey}", () => run.RevealAsync(worker.ProverId, sealedBid), cancellationToken),
            answer.BiddingCloses,
            cancellationToken);
        if (refusal is not null) return refusal;

        // Who loses is told to stop; a backup waits for its turn.
        var awards = worker.Grains.GetGrain<IRunForWorkers>(invitation.RunGrain);
        return await UntilAsync(
            ReasonCode.NotAwarded,
            async () =>
            {
                var join = await worker.Calls.RepeatAsync(
                    $"Asking for the award of run {invitation.RunKey}", () => awards.JoinAsync(worker.ProverId, worker.Session), cancellationToken);
                return join.Refusal;
            },
            expected: null,
            cancellationToken);
    }

    /// <summary>Asks again and again, also at the time when another answer is expected, and from then on as often as at first.</summary>
    private async Task<Refusal?> UntilAsync(ReasonCode notYet, Func<Task<Refusal?>> ask, DateTimeOffset? expected, CancellationToken cancellationToken)
    {
        for (var asked = 0; ; asked++)
        {
            var refusal = await ask();
            if (refusal?.Code != notYet) return refusal;
            var wait = BackOff.Delay(Asking, asked, worker.Randomness);
            // Timers count whole milliseconds and drop the rest: not a moment too early.
            if (expected - worker.Now is { } left && left > TimeSpan.Zero && left <= wait) (wait, asked) = (TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), -1);
            await Task.Delay(wait, worker.Time, cancellationToken);
        }
    }
}
