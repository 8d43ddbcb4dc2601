using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.OrderBook;

/// <summary>The rules of a run over an order book: for every free place an order for one slot is given to the book, and whoever it is filled with is
/// called as an elected prover is: its lease is reserved for it, to be taken up or declined. The first valid proof is paid at its own ask. Whoever
/// declines, does not answer, misses its deadline or fails makes room for the next best ask. How orders are matched is in <see cref="AskBook"/>.</summary>
public static class OrderBookRules
{
    /// <summary>Starts a run from an order, with its first order to the book; refuses parameters that are unknown or out of range.</summary>
    public static (OrderBookRunState? State, Refusal? Refusal) Start(RunOrder order, DateTimeOffset now)
    {
        var (parameters, refusal) = OrderBookParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints);
        if (parameters is null) return (null, refusal);
        var state = new OrderBookRunState { Run = RunRules.Opened(order, parameters.Bond, now), Parameters = parameters, LookAt = now };
        return (WithOrder(state), null);
    }

    /// <summary>The order that is not known to be filled; null when there is none.</summary>
    public static BookCall? Unfilled(OrderBookRunState state) => state.Calls is [.., { ProverId: null } last] ? last : null;

    /// <summary>Places that nobody has or is called to.</summary>
    public static int FreePlaces(OrderBookRunState state) => Math.Max(0, state.Parameters.Provers - state.Run.Participants.Values.Count(RunRules.HasPlace));

    /// <summary>The state with another order to the book, when a place is free and none is under way. Durable before the book is asked.</summary>
    public static OrderBookRunState WithOrder(OrderBookRunState state)
    {
        if (Unfilled(state) is not null || FreePlaces(state) == 0 || state.Run.Report is not null) return state;
        var (request, stage, number) = (state.Run.Order.RequestId, state.Run.Order.Stage, state.Calls.Length + 1);
        return state with { Calls = state.Calls.Add(new BookCall { OrderId = string.Create(CultureInfo.InvariantCulture, $"{request}/{stage}/{number}") }) };
    }

    /// <summary>What the book is asked for.</summary>
    public static BookOrder OrderOf(OrderBookRunState state, string orderId) => new()
    {
        OrderId = orderId,
        Account = state.Run.Order.Account,
        Work = state.Run.Order.Program.Work,
        Limit = state.Parameters.Limit,
        Slots = 1,
        Until = state.Run.Order.HardDeadline,
    };

    /// <summary>The order under way was filled: its prover is called, which is durable before its lease is reserved, and the next order goes out if another place
    /// is free.</summary>
    /// <exception cref="InvalidOperationException">No order is under way, or it was filled with other than one slot within the limit.</exception>
    public static OrderBookRunState Matched(OrderBookRunState state, FilledOrder filled, DateTimeOffset now)
    {
        if (Unfilled(state) is not { } call || call.OrderId != filled.Order.OrderId || filled.Fills is not [{ Slots: 1 } fill] || fill.Price > state.Parameters.Limit)
            throw new InvalidOperationException($"The fill of {filled.Order.OrderId} does not fit the run.");
        var run = RunRules.Enter(state.Run, TranscriptKind.Quoted, now, value: string.Join(' ', filled.Quotes.Select(Format)));
        run = RunRules.Enter(run, TranscriptKind.Matched, now, fill.ProverId, string.Create(CultureInfo.InvariantCulture, $"{fill.AskId} {fill.Price.Micro}"));
        run = RunRules.Note(run, RequestPhase.Open, now, ReasonCode.None, fill.ProverId, $"matched at {fill.Price} credits");
        run = RunRules.Calling(run, fill.ProverId, TermsOf(state, now), AnswerBy(state, now));
        return WithOrder(state with { Run = run, Calls = state.Calls.Replace(call, call with { ProverId = fill.ProverId, Price = fill.Price }) });
    }

    /// <summary>No ask in the book could fill the order: it looks again later.</summary>
    public static OrderBookRunState LookedInVain(OrderBookRunState state, DateTimeOffset again) => state with { LookAt = again };

    /// <summary>What a valid proof of a prover is paid: its ask when it was matched.</summary>
    public static Credits RewardOf(OrderBookRunState state, string proverId) => CallOf(state, proverId)?.Price ?? Credits.Zero;

    /// <summary>The first valid proof is paid and ends the run.</summary>
    public static OrderBookRunState Verified(OrderBookRunState state, AcceptedProof proof) =>
        state.With(RunRules.Finished(RunRules.Delivered(state.Run, proof, RewardOf(state, proof.ProverId)), proof.VerifiedAt));

    /// <summary>Orders the run has no use for any more: of whoever has no place, and all of them when the run has ended.</summary>
    public static ImmutableArray<string> LetGo(OrderBookRunState state) => state.Run.Report is not null
        ? [.. state.Calls.Select(call => call.OrderId)]
        :
        [
            .. state.Calls
                .Where(call => call.ProverId is { } prover && (CallOf(state, prover) != call || !RunRules.HasPlace(state.Run.Participants[prover])))
                .Select(call => call.OrderId),
        ];

    /// <summary>By when a prover called now has to answer.</summary>
    public static DateTimeOffset AnswerBy(OrderBookRunState state, DateTimeOffset now) =>
        Earlier(state.Run.Order.HardDeadline, now, state.Parameters.AnswerWindow);

    /// <summary>By when a prover called now has to deliver.</summary>
    public static DateTimeOffset DeliverBy(OrderBookRunState state, DateTimeOffset now) => state.Parameters.DeliveryTime is { } time
        ? Earlier(state.Run.Order.HardDeadline, now, state.Parameters.AnswerWindow + time)
        : state.Run.Order.HardDeadline;

    /// <summary>When the run has something to do; null when never. What is due at once is due since the run was opened.</summary>
    public static DateTimeOffset? NextAt(OrderBookRunState state)
    {
        var run = state.Run;
        if (run.Report is not null || run.First is not null) return null;
        var next = ElectionRules.NextOfCalled(run);
        if (FreePlaces(state) > 0) next = ElectionRules.Sooner(next, state.LookAt);
        return next < run.Order.HardDeadline ? next : null;
    }

    /// <summary>An ask as the transcript has it: ask, prover, price of a unit in micro-credits and place in time, with slashes between, which no id
    /// has.</summary>
    public static string Format(Ask ask) =>
        string.Create(CultureInfo.InvariantCulture, $"{ask.AskId}/{ask.ProverId}/{ask.PricePerUnit.Micro}/{ask.Sequence}");

    private static BookCall? CallOf(OrderBookRunState state, string proverId) => state.Calls.LastOrDefault(call => call.ProverId == proverId);

    private static LeaseTerms? TermsOf(OrderBookRunState state, DateTimeOffset now) => state.Parameters.DeliveryTime is null
        ? null
        : new LeaseTerms { Bond = state.Run.Bond, Deadline = DeliverBy(state, now) };

    private static DateTimeOffset Earlier(DateTimeOffset hard, DateTimeOffset now, TimeSpan after) => after < hard - now ? now + after : hard;
}
