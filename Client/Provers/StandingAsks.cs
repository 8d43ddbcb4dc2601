using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Client.Provers;

/// <summary>Keeps one ask standing in the order book of every program offered, at the worker's price and with its slots, except while no work is taken for it, and cancels them as soon as the
/// worker drains; those from before also when the settings want none any more. It looks at what the book has before every command, so an answer that was lost, a restart and changed settings are
/// all the same to it.</summary>
/// <param name="worker">The worker.</param>
/// <param name="paidShare">The share of the work for the book that is paid: where several work side by side all but one work for nothing, and the ask has to
/// cover that.</param>
/// <param name="gone">Cancelled when the worker must be gone.</param>
internal sealed class StandingAsks(WorkerContext worker, Func<double> paidShare, CancellationToken gone) : IDisposable
{
    /// <summary>How often it looks whether the asks still stand.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Wake _wake = new(worker.Time);
    private volatile bool _isConnected;

    /// <summary>The worker is connected: the market knows its session.</summary>
    public void Connected()
    {
        _isConnected = true;
        LookAgain();
    }

    /// <summary>Looks at once which asks have to stand.</summary>
    public void LookAgain() => _wake.Now();

    /// <summary>Keeps the asks until <paramref name="drain"/> is cancelled, then cancels them, beside whatever the worker still has to finish. A command that is under way then is waited for:
    /// an ask that was placed a moment later would not be cancelled. The asks of a worker that could not cancel them are passed over while it is gone.</summary>
    public async Task RunAsync(CancellationToken drain)
    {
        try
        {
            if (worker.Options.StandingAsks) await KeepAsync(drain);
            else await _wake.WaitAsync(null, drain);
        }
        catch (OperationCanceledException) when (drain.IsCancellationRequested)
        {
            // What stands is cancelled.
        }
        if (_isConnected) await CancelAsync();
    }

    public void Dispose() => _wake.Dispose();

    private async Task KeepAsync(CancellationToken drain)
    {
        var failures = 0;
        while (!drain.IsCancellationRequested)
        {
            var kept = true;
            foreach (var program in worker.Offer.Programs)
            {
                if (drain.IsCancellationRequested) return;
                kept &= await TryAsync(program, IsWanted(program));
            }
            failures = kept ? 0 : failures + 1;
            await _wake.WaitAsync(kept ? Period : BackOff.Delay(worker.Options.BackOff, failures - 1, worker.Randomness), drain);
        }
    }

    /// <summary>Cancels the asks, again until it is done or the worker must be gone.</summary>
    private async Task CancelAsync()
    {
        try
        {
            for (var failures = 0; ; failures++)
            {
                var cancelled = true;
                foreach (var program in worker.Offer.Programs) cancelled &= await TryAsync(program, wanted: false);
                if (cancelled) return;
                await _wake.WaitAsync(BackOff.Delay(worker.Options.BackOff, failures, worker.Randomness), gone);
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            worker.Logger.AsksLeft(worker.ProverId);
        }
    }

    /// <summary>An ask binds: none stands for what would be given back.</summary>
    private bool IsWanted(string programId) => worker.Suspended.WhyNot(programId, worker.Now) is null && worker.Catalog.Locate(programId).Refusal is null;

    /// <summary>False when it could not be done now.</summary>
    private async Task<bool> TryAsync(string programId, bool wanted)
    {
        try
        {
            if (await ReconcileAsync(worker.Grains.GetGrain<IOrderBookGrain>(programId), wanted) is not { } refusal) return true;
            worker.Logger.AskRefused(programId, refusal);
        }
        catch (Exception exception)
        {
            if (!gone.IsCancellationRequested) worker.Logger.AskFailed(exception, programId);
        }
        return false;
    }

    private async Task<Refusal?> ReconcileAsync(IOrderBookForProvers book, bool wanted)
    {
        var own = await book.ListOwnAsync(worker.ProverId, worker.Session).OrCancelledAsync(gone);
        if (own.Refusal is not null) return own.Refusal;
        var (version, price, slots) = (own.Version, Price(), worker.Offer.Slots);
        foreach (var ask in own.Asks.Skip(wanted ? 1 : 0))
        {
            if ((await book.CancelAsync(Command(ask.AskId), worker.Session).OrCancelledAsync(gone)).Refusal is { } refusal) return refusal;
        }
        if (!wanted) return null;
        if (own.Asks.IsEmpty)
            return (await book.PlaceAsync(Command(worker.Randomness.NextSecret()), worker.Session, price, slots).OrCancelledAsync(gone)).Refusal;
        return own.Asks[0].PricePerUnit == price && own.Asks[0].Slots == slots
            ? null
            : (await book.ReplaceAsync(Command(own.Asks[0].AskId), worker.Session, price, slots).OrCancelledAsync(gone)).Refusal;

        AskCommand Command(string askId) => new() { AskId = askId, ProverId = worker.ProverId, Version = ++version };
    }

    /// <summary>In steps of a tenth of the ask: who asks anew for every trifle loses its place in the queue.</summary>
    private Credits Price()
    {
        var tenths = Math.Round(10 / Math.Clamp(paidShare(), 0.1, 1));
        return Credits.Min(worker.Offer.AskPerUnit.Scale((long)tenths, 10), MarketLimits.AskPerUnit);
    }
}
