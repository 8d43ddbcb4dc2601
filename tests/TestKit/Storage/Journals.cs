using System.Globalization;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Mechanisms.OrderBook;
using ProvingMarket.Grains.Registry;
using ProvingMarket.Grains.Requests;

namespace ProvingMarket.TestKit.Storage;

/// <summary>What journals on a disk add up to.</summary>
public static class Journals
{
    // Longer than any test: what an account remembers of deposits is not looked at here.
    private static readonly JournalShape<AccountState, LedgerEntry> Account = AccountLedger.Shape(TimeSpan.FromDays(3650));

    /// <summary>Every account.</summary>
    public static Dictionary<string, StoredAccount> Accounts(this MarketDisk disk)
    {
        var heads = disk.All<AccountHead>(AccountLedger.Name);
        var pieces = PiecesByOwner(disk, AccountLedger.Name);
        var pages = PagesByOwner(disk.All<AccountPage>(AccountLedger.Name));
        return pages.ToDictionary(
            owner => owner.Key,
            owner => new StoredAccount(
                Account.Fold(heads.GetValueOrDefault(owner.Key), pieces[owner.Key], owner.Value),
                Account.Fold<AccountHead, AccountPage>(null, [], owner.Value),
                [.. owner.Value.OrderBy(page => page.Number).SelectMany(page => page.Entries)]),
            StringComparer.Ordinal);
    }

    /// <summary>Every prover's record.</summary>
    public static List<ProverRecord> Provers(this MarketDisk disk)
    {
        var heads = disk.All<RegistryHead>(RegistryJournal.Name);
        var pieces = PiecesByOwner(disk, RegistryJournal.Name);
        var pages = PagesByOwner(disk.All<RegistryPage>(RegistryJournal.Name));
        return [.. pages.SelectMany(owner => RegistryJournal.Shape.Fold(heads.GetValueOrDefault(owner.Key), pieces[owner.Key], owner.Value).Provers.Values)];
    }

    /// <summary>Every order book, by its program.</summary>
    public static Dictionary<string, AskBook> Books(this MarketDisk disk)
    {
        var heads = disk.All<OrderBookHead>(OrderBookJournal.Name);
        var pieces = PiecesByOwner(disk, OrderBookJournal.Name);
        return PagesByOwner(disk.All<OrderBookPage>(OrderBookJournal.Name)).ToDictionary(
            owner => owner.Key, owner => OrderBookJournal.Shape.Fold(heads.GetValueOrDefault(owner.Key), pieces[owner.Key], owner.Value), StringComparer.Ordinal);
    }

    /// <summary>The watch shard of a request.</summary>
    public static RequestWatchState Watch(this MarketDisk disk, string requestId)
    {
        var shard = GrainKeys.WatchShard(requestId).ToString("X", CultureInfo.InvariantCulture);
        var head = disk.All<RequestWatchHead>(RequestWatchJournal.Name).GetValueOrDefault(shard);
        var pages = PagesByOwner(disk.All<RequestWatchPage>(RequestWatchJournal.Name)).GetValueOrDefault(shard, []);
        return RequestWatchJournal.Shape.Fold(head, PiecesByOwner(disk, RequestWatchJournal.Name)[shard], pages);
    }

    /// <summary>A piece's key is that of its journal, the place and a number.</summary>
    private static ILookup<string, HeadPiece> PiecesByOwner(MarketDisk disk, string journal) => disk.All<HeadPiece>(journal)
        .ToLookup(piece => piece.Key[..piece.Key.LastIndexOf('/', piece.Key.LastIndexOf('/') - 1)], piece => piece.Value, StringComparer.Ordinal);

    private static Dictionary<string, List<TPage>> PagesByOwner<TPage>(IReadOnlyDictionary<string, TPage> pages) => pages
        .GroupBy(page => page.Key[..page.Key.LastIndexOf('/')], page => page.Value, StringComparer.Ordinal)
        .ToDictionary(owner => owner.Key, owner => owner.ToList(), StringComparer.Ordinal);
}

/// <summary>An account on a disk.</summary>
/// <param name="State">As it is loaded: the head, and what came after it.</param>
/// <param name="Recounted">As its whole ledger adds up.</param>
/// <param name="Ledger">Its entries, oldest first.</param>
public sealed record StoredAccount(AccountState State, AccountState Recounted, IReadOnlyList<LedgerEntry> Ledger);
