using System.Runtime.CompilerServices;
using System.Text;
using ProvingMarket.Cli.Ledger;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.Records;
using ProvingMarket.Storage.Records.Archives;

namespace ProvingMarket.Cli.Tests;

public sealed class StoredLedgersTests
{
    [Fact]
    public async Task An_account_whose_head_is_in_pieces_has_all_of_its_pages()
    {
        var source = new Source();
        source.Add("account.page", "alice/1", Page(1, "a"));
        source.Add("account.page", "alice/2", Page(2, "b", "c"));
        source.Add("account", "alice", AccountHead.Of(state: null, page: 2, pagesAfter: 0, new HeadPieces { Place = 1, Count = 1 }));
        source.Add("account.piece", "alice/1/1", new HeadPiece { Place = 1, Number = 1, Page = 2, Text = "{}" });
        var (account, entries) = Assert.Single(await StoredLedgers.ReadAsync(source, CancellationToken.None));
        Assert.Equal(("alice", "a b c"), (account, string.Join(' ', entries.Select(entry => entry.EntryId))));
    }

    [Theory]
    [InlineData(3, "page 3")]
    [InlineData(2, "page 1")]
    public async Task A_missing_page_is_named(long head, string complaint)
    {
        var source = new Source();
        source.Add("account.page", "alice/2", Page(2, "b"));
        if (head > 2) source.Add("account.page", "alice/1", Page(1, "a"));
        source.Add("account", "alice", AccountHead.Of(AccountState.Empty, head, pagesAfter: 0, pieces: null));
        var error = await Assert.ThrowsAsync<LedgerException>(() => StoredLedgers.ReadAsync(source, CancellationToken.None));
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
    }

    private static AccountPage Page(long number, params string[] entries) => AccountPage.Of(
        number, [.. entries.Select(id => new LedgerEntry { EntryId = id, Kind = EntryKind.Deposit, Amount = new Credits(1), Counterparty = "outside", At = DateTimeOffset.UnixEpoch })]);

    private sealed class Source : IRecordSource
    {
        private static readonly JsonCodec Codec = new(SerializedForm.Storage);

        private readonly List<ArchivedRecord> _records = [];

        public string Description => "the test's records";

        public void Add<TRecord>(string grainType, string key, TRecord record)
        {
            using var data = new PooledBuffer(int.MaxValue, nameof(int.MaxValue));
            Codec.Serialize(data, record);
            _records.Add(new ArchivedRecord(new RecordKind("market", AccountLedger.Name, GrainType.Create(grainType)), Encoding.UTF8.GetBytes(key), data.Written.ToArray()));
        }

        public Task<IReadOnlyDictionary<RecordKind, long>> CountAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public async IAsyncEnumerable<ArchivedRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var record in _records)
            {
                await Task.Yield();
                yield return record;
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
