using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Storage;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Registry;

namespace ProvingMarket.Grains.Mechanisms.OrderBook;

/// <summary>The book of one program: decides on all of it at once, writes in batches. Its decisions are <see cref="AskBook"/>. Fills that were left behind
/// are found again when it is activated and every minute: it asks the runs they belong to, and drops what is past its deadline.</summary>
[Reentrant]
internal sealed partial class OrderBookGrain(
    [FromKeyedServices(StorageNames.Market)] IGrainStorage storage, IOptions<MarketOptions> options, TimeProvider time,
    ILogger<OrderBookGrain> logger) : Grain, IOrderBookGrain
{
    private const int MostListed = 1000;
    private const int AskedAtOnce = 64;
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMinutes(1);

    private Journal<AskBook, BookEntry> _journal = null!;
    private HashSet<string> _oldOrders = [];

    private string ProgramId => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (_journal, _) = await Journal<AskBook, BookEntry>.OpenAsync<OrderBookHead, OrderBookPage>(
            storage, this.GetGrainId(), OrderBookJournal.Shape, DeactivateOnIdle);
        _oldOrders = OrdersNow();
        this.RegisterGrainTimer(SweepAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = SweepPeriod, Interleave = true });
    }

    public async Task<AskAnswer> PlaceAsync(AskCommand command, string session, Credits pricePerUnit, int slots)
    {
        var answer = await Registry(command.ProverId).FindOfferAsync(command.ProverId, session);
        if (answer.Offer is not { } offer) return new AskAnswer { Refusal = answer.Refusal };
        if (!offer.Programs.Contains(ProgramId))
            return new AskAnswer { Refusal = Refusal.Of(ReasonCode.ProgramNotServed, "programId", "a program the prover offers", ProgramId) };
        var (book, refusal) = _journal.State.Place(command, offer.Account, pricePerUnit, slots);
        return await AnswerAsync(command, refusal, book, new BookEntry
        {
            Kind = BookEntryKind.Placed, Command = command, Account = offer.Account, PricePerUnit = pricePerUnit, Slots = slots,
        });
    }

    public async Task<AskAnswer> ReplaceAsync(AskCommand command, string session, Credits pricePerUnit, int slots)
    {
        if (await CheckSessionAsync(command.ProverId, session) is { } refused) return new AskAnswer { Refusal = refused };
        var (book, refusal) = _journal.State.Replace(command, pricePerUnit, slots);
        return await AnswerAsync(command, refusal, book, new BookEntry
        {
            Kind = BookEntryKind.Replaced, Command = command, PricePerUnit = pricePerUnit, Slots = slots,
        });
    }

    public async Task<AskAnswer> CancelAsync(AskCommand command, string session)
    {
        if (await CheckSessionAsync(command.ProverId, session) is { } refused) return new AskAnswer { Refusal = refused };
        var (book, refusal) = _journal.State.Cancel(command);
        return await AnswerAsync(command, refusal, book, new BookEntry { Kind = BookEntryKind.Cancelled, Command = command });
    }

    public async Task<AsksAnswer> ListOwnAsync(string proverId, string session)
    {
        if (await CheckSessionAsync(proverId, session) is { } refused) return new AsksAnswer { Refusal = refused };
        var book = _journal.State;
        await _journal.CommitAsync();
        return new AsksAnswer { Asks = book.AsksOf(proverId), Version = book.VersionOf(proverId) ?? 0 };
    }

    public Task<AsksAnswer> ListAsync(int most) => ListAsync(most, book => book.Queue);

    public Task<AsksAnswer> ListBestAsync(ImmutableArray<string> provers, int most)
    {
        var left = provers.ToHashSet(StringComparer.Ordinal);
        return ListAsync(most, book => book.Queue.TakeWhile(_ => left.Count > 0).Where(ask => left.Remove(ask.ProverId)));
    }

    public async Task<MatchAnswer> MatchAsync(BookOrder order, ImmutableArray<string> callable)
    {
        var now = time.GetUtcNow();
        if (order.Until <= now) return new MatchAnswer { Refusal = Refusal.Of(ReasonCode.OrderEnded, "until", $"after {now:O}", $"{order.Until:O}") };
        var provers = callable.ToHashSet(StringComparer.Ordinal);
        var (book, filled, refusal) = _journal.State.Match(order, provers.Contains);
        if (!ReferenceEquals(book, _journal.State)) _journal.Add(new BookEntry { Kind = BookEntryKind.Filled, Filled = filled });
        await _journal.CommitAsync();
        return new MatchAnswer { Filled = filled, Refusal = refusal };
    }

    public Task ReleaseAsync(ImmutableArray<string> orderIds, DateTimeOffset until)
    {
        // Past their deadline they can neither be filled nor stay filled: there is nothing to remember.
        if (until <= time.GetUtcNow()) return ExpireAsync();
        foreach (var orderId in orderIds) End(orderId, until);
        return _journal.CommitAsync();
    }

    private async Task<AsksAnswer> ListAsync(int most, Func<AskBook, IEnumerable<Ask>> choose)
    {
        if (most is < 1 or > MostListed) return new AsksAnswer { Refusal = Refusal.Of(ReasonCode.OutOfRange, "most", $"1 to {MostListed}", $"{most}") };
        var book = _journal.State;
        await _journal.CommitAsync();
        return new AsksAnswer { Asks = [.. choose(book).Take(most)] };
    }

    private async Task<AskAnswer> AnswerAsync(AskCommand command, Refusal? refusal, AskBook next, BookEntry entry)
    {
        if (!ReferenceEquals(next, _journal.State)) _journal.Add(entry);
        var ask = next.Find(command.AskId);
        await _journal.CommitAsync();
        return refusal is null ? new AskAnswer { Ask = ask } : new AskAnswer { Refusal = refusal };
    }

    private async Task<Refusal?> CheckSessionAsync(string proverId, string session) =>
        (await Registry(proverId).FindOfferAsync(proverId, session)).Refusal;

    private ITaskRegistryGrain Registry(string proverId) => GrainFactory.RegistryOf(proverId, options.Value);

    private void End(string orderId, DateTimeOffset until)
    {
        if (!ReferenceEquals(_journal.State.End(orderId, until), _journal.State))
            _journal.Add(new BookEntry { Kind = BookEntryKind.Ended, OrderId = orderId, At = until });
    }

    private Task ExpireAsync()
    {
        var now = time.GetUtcNow();
        if (!ReferenceEquals(_journal.State.Expired(now), _journal.State)) _journal.Add(new BookEntry { Kind = BookEntryKind.Expired, At = now });
        return _journal.CommitAsync();
    }

    private HashSet<string> OrdersNow() => _journal.State.Orders.Select(filled => filled.Order.OrderId).ToHashSet(StringComparer.Ordinal);

    /// <summary>A run releases its fills itself when it ends. When it was cut off then, and nobody has woken it since, this finds them.</summary>
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ExpireAsync();
            var old = _journal.State.Orders.Where(filled => _oldOrders.Contains(filled.Order.OrderId)).OrderBy(filled => filled.Order.OrderId, StringComparer.Ordinal);
            foreach (var some in old.ToArray().Chunk(AskedAtOnce)) await Task.WhenAll(some.Select(ReleaseIfEndedAsync));
            await _journal.CommitAsync();
            _oldOrders = OrdersNow();
        }
        catch (Exception e)
        {
            LogSweepFailed(logger, ProgramId, SweepPeriod, e);
        }
    }

    private async Task ReleaseIfEndedAsync(FilledOrder filled)
    {
        var run = GrainFactory.GetGrain<IOrderBookRunGrain>(GrainKeys.RunOfBookOrder(filled.Order.OrderId));
        if ((await run.GetProgressAsync()).Report is not null) End(filled.Order.OrderId, filled.Order.Until);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Order book of {ProgramId}: looking for fills of runs that have ended failed; again after {Period}")]
    private static partial void LogSweepFailed(ILogger logger, string programId, TimeSpan period, Exception exception);
}
