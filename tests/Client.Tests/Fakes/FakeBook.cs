using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>An order book as a worker meets it: the market's own rules, without sessions and storage.</summary>
internal sealed class FakeBook : IOrderBookGrain
{
    private AskBook _book = AskBook.Empty;

    public FakeBook()
    {
        Lists = new(call => new AsksAnswer { Asks = _book.AsksOf(call.ProverId), Version = _book.VersionOf(call.ProverId) ?? 0 });
        Places = new(call => Answer(call.Command, _book.Place(call.Command, "prover-one", call.Price, call.Slots)));
        Replaces = new(call => Answer(call.Command, _book.Replace(call.Command, call.Price, call.Slots)));
        Cancels = new(call => Answer(call.Command, _book.Cancel(call.Command)));
    }

    /// <summary>Asks in the book, the best first.</summary>
    public ImmutableArray<Ask> Asks => [.. _book.Queue];

    public Script<(string ProverId, string Session), AsksAnswer> Lists { get; }

    public Script<(AskCommand Command, string Session, Credits Price, int Slots), AskAnswer> Places { get; }

    public Script<(AskCommand Command, string Session, Credits Price, int Slots), AskAnswer> Replaces { get; }

    public Script<(AskCommand Command, string Session), AskAnswer> Cancels { get; }

    /// <summary>An ask that is there from before.</summary>
    public FakeBook With(string askId, Credits price, int slots, long version)
    {
        Answer(new AskCommand { AskId = askId, ProverId = "p1", Version = version }, _book.Place(new AskCommand { AskId = askId, ProverId = "p1", Version = version }, "prover-one", price, slots));
        return this;
    }

    public Task<AsksAnswer> ListOwnAsync(string proverId, string session) => Lists.CallAsync((proverId, session));

    public Task<AskAnswer> PlaceAsync(AskCommand command, string session, Credits pricePerUnit, int slots) => Places.CallAsync((command, session, pricePerUnit, slots));

    public Task<AskAnswer> ReplaceAsync(AskCommand command, string session, Credits pricePerUnit, int slots) => Replaces.CallAsync((command, session, pricePerUnit, slots));

    public Task<AskAnswer> CancelAsync(AskCommand command, string session) => Cancels.CallAsync((command, session));

    public Task<AsksAnswer> ListAsync(int most) => throw new NotSupportedException("Not for workers.");

    public Task<AsksAnswer> ListBestAsync(ImmutableArray<string> provers, int most) => throw new NotSupportedException("Not for workers.");

    public Task<MatchAnswer> MatchAsync(BookOrder order, ImmutableArray<string> callable) => throw new NotSupportedException("Not for workers.");

    public Task ReleaseAsync(ImmutableArray<string> orderIds, DateTimeOffset until) => throw new NotSupportedException("Not for workers.");

    private AskAnswer Answer(AskCommand command, (AskBook Book, Refusal? Refusal) done)
    {
        _book = done.Book;
        return new AskAnswer { Ask = _book.Find(command.AskId), Refusal = done.Refusal };
    }
}
