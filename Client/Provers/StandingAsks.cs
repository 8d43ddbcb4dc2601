using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Client.Provers;

/// <summary>Keeps one ask standing in the order book of every program offered, at the worker's price and with its slots, and cancels them when the worker
/// leaves. It looks at what the book has before every command, so an answer that was lost, a restart and changed settings are all the same to it.</summary>
/// <param name="worker">The worker.</param>
/// <param name="paidShare">The share of the work for the book that is paid: where several work side by side all but one work for nothing, and the ask has to
/// cover that.</param>
internal sealed class StandingAsks(WorkerContext worker, Func<double> paidShare) : IDisposable
{
    /// <summary>How often it looks whether the asks still stand.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Wake _wake = new(worker.Time);
    private readonly CancellationTokenSource _left = new(Timeout.InfiniteTimeSpan, worker.Time);
    private CancellationTokenRegistration _leaving;

    /// <summary>The worker is connected: the market knows its session.</summary>
    public void Connected() => _wake.Now();

    /// <summary>Keeps the asks until cancelled. A command that is under way then is waited for: an ask that was placed a moment later would not be
    /// cancelled. From then on everything has to be done within the leave timeout.</summary>
    public async Task RunAsync(CancellationToken drain)
    {
        if (!worker.Options.StandingAsks) return;
        // For longer than this method: what is registered on a token last runs first, and that ends the wait below, so this may be still to come
        // when the loop has ended.
        _leaving = drain.Register(() => _left.CancelAfter(worker.Options.LeaveTimeout));
        var failures = 0;
        while (!drain.IsCancellationRequested)
        {
            var kept = true;
            foreach (var program in worker.Offer.Programs)
            {
                if (drain.IsCancellationRequested) return;
                kept &= await TryAsync(program, wanted: true, _left.Token);
            }
            failures = kept ? 0 : failures + 1;
            try
            {
                await _wake.WaitAsync(kept ? Period : BackOff.Delay(worker.Options.BackOff, failures - 1, worker.Randomness), drain);
            }
            catch (OperationCanceledException) when (drain.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Cancels the asks. Those of a worker that could not within the leave timeout are passed over while it is gone.</summary>
    public async Task CancelAsync()
    {
        if (!worker.Options.StandingAsks) return;
        foreach (var program in worker.Offer.Programs) await TryAsync(program, wanted: false, _left.Token);
    }

    public void Dispose()
    {
        _leaving.Dispose();
        _wake.Dispose();
        _left.Dispose();
    }

    /// <summary>False when it could not be done now.</summary>
    private async Task<bool> TryAsync(string programId, bool wanted, CancellationToken cancellationToken)
    {
        try
        {
            if (await ReconcileAsync(worker.Grains.GetGrain<IOrderBookGrain>(programId), wanted, cancellationToken) is not { } refusal) return true;
            worker.Logger.AskRefused(programId, refusal);
        }
        catch (Exception exception)
        {
            if (!cancellationToken.IsCancellationRequested) worker.Logger.AskFailed(exception, programId);
        }
        return false;
    }

    private async Task<Refusal?> ReconcileAsync(IOrderBookForProvers book, bool wanted, CancellationToken cancellationToken)
    {
        var own = await book.ListOwnAsync(worker.ProverId, worker.Session).OrCancelledAsync(cancellationToken);
        if (own.Refusal is not null) return own.Refusal;
        var (version, price, slots) = (own.Version, Price(), worker.Offer.Slots);
        foreach (var ask in own.Asks.Skip(wanted ? 1 : 0))
        {
            if ((await book.CancelAsync(Command(ask.AskId), worker.Session).OrCancelledAsync(cancellationToken)).Refusal is { } refusal) return refusal;
        }
        if (!wanted) return null;
        if (own.Asks.IsEmpty)
            return (await book.PlaceAsync(Command(worker.Randomness.NextSecret()), worker.Session, price, slots).OrCancelledAsync(cancellationToken)).Refusal;
        return own.Asks[0].PricePerUnit == price && own.Asks[0].Slots == slots
            ? null
            : (await book.ReplaceAsync(Command(own.Asks[0].AskId), worker.Session, price, slots).OrCancelledAsync(cancellationToken)).Refusal;

        AskCommand Command(string askId) => new() { AskId = askId, ProverId = worker.ProverId, Version = ++version };
    }

    /// <summary>In steps of a tenth of the ask: who asks anew for every trifle loses its place in the queue.</summary>
    private Credits Price()
    {
        var tenths = Math.Round(10 / Math.Clamp(paidShare(), 0.1, 1));
        return Credits.Min(worker.Offer.AskPerUnit.Scale((long)tenths, 10), MarketLimits.AskPerUnit);
    }
}
