using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.OrderBook;

namespace ProvingMarket.Grains.Interfaces.Mechanisms;

/// <summary>The standing asks for one program, keyed by the program's id. Changes are durable before they are acknowledged and may be repeated.</summary>
[Alias("pm.IOrderBookGrain")]
public interface IOrderBookGrain : IOrderBookForProvers, IOrderBookForRuns
{
    /// <summary>Called by anyone: the best asks with an open slot, the best first.</summary>
    /// <param name="most">How many, 1–1000.</param>
    [Alias("List"), ReadOnly]
    Task<AsksAnswer> ListAsync(int most);

    /// <summary>Called by routers: of each of some provers the best ask with an open slot, the best first. Asks stand while their provers are away, so whoever wants to know
    /// what can be had names those who are there.</summary>
    /// <param name="provers">The provers.</param>
    /// <param name="most">How many, 1–1000.</param>
    [Alias("ListBest"), ReadOnly]
    Task<AsksAnswer> ListBestAsync(ImmutableArray<string> provers, int most);
}

/// <summary>What provers' workers call on a book. Only the prover's current session acts in its name; any other is refused with
/// <see cref="ReasonCode.SessionUnknown"/>. Commands are numbered by the prover, upwards: the last one repeated changes nothing, and one that was
/// overtaken is refused with <see cref="ReasonCode.CommandStale"/>.</summary>
[Alias("pm.IOrderBookForProvers")]
public interface IOrderBookForProvers : IGrainWithStringKey
{
    /// <summary>Places an ask, behind all of the same price, paid to the account of the prover's offer. Refuses with
    /// <see cref="ReasonCode.ProgramNotServed"/> when the offer does not have the program.</summary>
    [Alias("Place")]
    Task<AskAnswer> PlaceAsync(AskCommand command, string session, Credits pricePerUnit, int slots);

    /// <summary>Changes price and slots of an ask; it keeps its place only when the price stays and the slots do not grow.</summary>
    [Alias("Replace")]
    Task<AskAnswer> ReplaceAsync(AskCommand command, string session, Credits pricePerUnit, int slots);

    /// <summary>Cancels an ask: what is open is gone, what is filled stays filled until it is released.</summary>
    [Alias("Cancel")]
    Task<AskAnswer> CancelAsync(AskCommand command, string session);

    /// <summary>The prover's asks and the number of its last command, which a new session counts on from.</summary>
    [Alias("ListOwn")]
    Task<AsksAnswer> ListOwnAsync(string proverId, string session);
}

/// <summary>What runs call on a book.</summary>
[Alias("pm.IOrderBookForRuns")]
public interface IOrderBookForRuns : IGrainWithStringKey
{
    /// <summary>Fills an order from the best asks of provers that can be called, or refuses with <see cref="ReasonCode.NothingMatches"/>. Repeatable: the
    /// same order gets the same fills, and one that was released is refused with <see cref="ReasonCode.OrderEnded"/>.</summary>
    /// <param name="order">The order, see <see cref="GrainKeys.RunOfBookOrder"/>.</param>
    /// <param name="callable">Provers that are live and meet the request; asks of others are passed over.</param>
    [Alias("Match")]
    Task<MatchAnswer> MatchAsync(BookOrder order, ImmutableArray<string> callable);

    /// <summary>Releases orders for good: their slots are open again, and repetitions that are still on their way fill nothing. Repeatable.</summary>
    /// <param name="orderIds">The orders; whether they were filled or not.</param>
    /// <param name="until">Their deadline.</param>
    [Alias("Release")]
    Task ReleaseAsync(ImmutableArray<string> orderIds, DateTimeOffset until);
}

/// <summary>Answer to a command of a prover.</summary>
[GenerateSerializer, Immutable, Alias("pm.AskAnswer")]
public sealed record AskAnswer
{
    /// <summary>The ask as it is now; null when it was refused, or when nothing is left of it.</summary>
    [Id(0)] public Ask? Ask { get; init; }

    /// <summary>Why not.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}

/// <summary>Asks in a book.</summary>
[GenerateSerializer, Immutable, Alias("pm.AsksAnswer")]
public sealed record AsksAnswer
{
    /// <summary>The asks.</summary>
    [Id(0)] public ImmutableArray<Ask> Asks { get; init; } = [];

    /// <summary>The number of the prover's last command to this book; 0 when there was none, or when many provers' asks are listed.</summary>
    [Id(1)] public long Version { get; init; }

    /// <summary>Why they are not shown.</summary>
    [Id(2)] public Refusal? Refusal { get; init; }
}

/// <summary>Answer to an order.</summary>
[GenerateSerializer, Immutable, Alias("pm.MatchAnswer")]
public sealed record MatchAnswer
{
    /// <summary>What it was filled with; null when refused.</summary>
    [Id(0)] public FilledOrder? Filled { get; init; }

    /// <summary>Why not.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}
