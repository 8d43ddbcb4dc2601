using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Mechanisms.Elections;

namespace ProvingMarket.Grains.Mechanisms.OrderBook;

/// <summary>A run over the order book of its program. Its decisions are <see cref="OrderBookRules"/>, those of the book are in
/// <see cref="OrderBookGrain"/>.</summary>
[GrainType("order-book-run")]
[CollectionAgeLimit(Minutes = 2)]
internal sealed class OrderBookRunGrain(
    [PersistentState("order-book-run", StorageNames.Market)] IPersistentState<OrderBookRunState> storage, RunServices services)
    : CallingRunGrain<OrderBookRunState>(storage, services), IOrderBookRunGrain
{
    // In memory only: what is released once more after a crash changes nothing.
    private readonly HashSet<string> _released = new(StringComparer.Ordinal);
    private TimeSpan _lookAgainAfter = services.Options.AnnounceInterval;

    private IOrderBookGrain Book => GrainFactory.GetGrain<IOrderBookGrain>(State!.Run.Order.Program.ProgramId);

    protected override bool HasWorkAfterEnd => true;

    protected override (OrderBookRunState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now) => OrderBookRules.Start(order, now);

    protected override Credits PostedReward(OrderBookRunState state, string proverId) => OrderBookRules.RewardOf(state, proverId);

    protected override DateTimeOffset AnswerBy(OrderBookRunState state, DateTimeOffset now) => OrderBookRules.AnswerBy(state, now);

    protected override DateTimeOffset DeliverBy(OrderBookRunState state, DateTimeOffset now) => OrderBookRules.DeliverBy(state, now);

    protected override OrderBookRunState Verified(OrderBookRunState state, AcceptedProof proof) => OrderBookRules.Verified(state, proof);

    protected override DateTimeOffset? NextAt(OrderBookRunState state) => OrderBookRules.NextAt(state);

    /// <summary>An ask is open for others as soon as its prover is out.</summary>
    protected override async Task ActAsync(OrderBookRunState state, DateTimeOffset now)
    {
        await ReleaseAsync(state);
        await base.ActAsync(state, now);
    }

    protected override OrderBookRunState Answered(OrderBookRunState state, bool granted, DateTimeOffset now)
    {
        if (granted) _lookAgainAfter = Services.Options.AnnounceInterval;
        return state;
    }

    protected override Task AfterEndAsync(OrderBookRunState state) => ReleaseAsync(state);

    protected override async Task ChooseAsync(OrderBookRunState state, DateTimeOffset now)
    {
        if (OrderBookRules.FreePlaces(state) == 0) return;
        // The order is durable before the book is asked: whatever happens, its fill is released when the run ends.
        if (OrderBookRules.Unfilled(state) is { } call) await MatchAsync(state, call.OrderId, now);
        else await CommitAsync(OrderBookRules.WithOrder(state));
    }

    private async Task MatchAsync(OrderBookRunState state, string orderId, DateTimeOffset now)
    {
        // Who may be matched follows from whose lease was refused: the book's answer stays, whatever becomes of this activation.
        await CommitEntriesAsync();
        var eligible = await FindCandidatesAsync(state, OrderBookRules.DeliverBy(state, now));
        var callable = CallingRules.Callable(state.Run, eligible.Provers, now, Services.Options.AnnounceInterval);
        var answer = await Book.MatchAsync(OrderBookRules.OrderOf(state, orderId), callable);
        if (answer.Filled is { } filled)
        {
            await CommitAsync(OrderBookRules.Matched(state, filled, now));
            return;
        }
        var leftOut = Eligibility.Sum([eligible.LeftOut, CallingRules.NotCalled(state.Run, eligible.Provers, callable)]);
        // They could be called, and have no ask that fits.
        if (!callable.IsEmpty) leftOut = leftOut.SetItem(ReasonCode.NothingMatches, callable.Length);
        NoteLeftOut(eligible with { LeftOut = leftOut });
        TellRequest();
        Remember(OrderBookRules.LookedInVain(state, now + _lookAgainAfter));
        _lookAgainAfter = TimeSpan.FromTicks(Math.Min(_lookAgainAfter.Ticks * 2, Services.Options.AnnounceIntervalLimit.Ticks));
    }

    private async Task ReleaseAsync(OrderBookRunState state)
    {
        var over = OrderBookRules.LetGo(state).RemoveAll(_released.Contains);
        if (over.IsEmpty) return;
        await Book.ReleaseAsync(over, state.Run.Order.HardDeadline);
        _released.UnionWith(over);
    }
}
