using System.Text;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.Records.Archives;

namespace ProvingMarket.Cli.Ledger;

/// <summary>The ledgers of all accounts, as a storage has them.</summary>
internal static class StoredLedgers
{
    private static readonly GrainType Pages = JournalShape.PagesOf(AccountLedger.Name);
    private static readonly GrainType Pieces = JournalShape.PiecesOf(AccountLedger.Name);

    /// <summary>Reads them; accounts in the order of their ids, entries oldest first.</summary>
    /// <exception cref="LedgerException">A page of a ledger is missing.</exception>
    /// <exception cref="StateArchiveException">The storage could not be read to its end.</exception>
    public static async Task<IReadOnlyCollection<KeyValuePair<string, IEnumerable<LedgerEntry>>>> ReadAsync(IRecordSource source, CancellationToken cancellationToken)
    {
        var codec = new JsonCodec(SerializedForm.Storage);
        var pages = new SortedDictionary<string, SortedDictionary<long, AccountPage>>(StringComparer.Ordinal);
        var heads = new Dictionary<string, AccountHead>(StringComparer.Ordinal);
        await foreach (var record in source.ReadAllAsync(cancellationToken))
        {
            // A head says itself which pages there are, wherever its state is.
            if (record.Kind.State != AccountLedger.Name || record.Kind.GrainType == Pieces) continue;
            var key = Encoding.UTF8.GetString(record.Key.Span);
            if (record.Kind.GrainType == Pages)
            {
                var page = codec.Deserialize<AccountPage>(record.Data.Span)!;
                var account = key[..key.LastIndexOf('/')];
                if (!pages.TryGetValue(account, out var known)) pages[account] = known = [];
                known.Add(page.Number, page);
            }
            else
            {
                heads[key] = codec.Deserialize<AccountHead>(record.Data.Span)!;
            }
        }
        foreach (var (account, head) in heads)
        {
            if (head.Page > 0 && !pages.ContainsKey(account)) throw new LedgerException($"Account {account}: all pages of the ledger are missing.");
        }
        foreach (var (account, known) in pages)
        {
            var last = Math.Max(known.Keys.Max(), heads.GetValueOrDefault(account)?.Page ?? 0);
            for (var number = 1L; number <= last; number++)
            {
                if (!known.ContainsKey(number)) throw new LedgerException($"Account {account}: page {number} of the ledger is missing.");
            }
        }
        return [.. pages.Select(account => KeyValuePair.Create(account.Key, account.Value.Values.SelectMany(page => page.Entries)))];
    }
}
