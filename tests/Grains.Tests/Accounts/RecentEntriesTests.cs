using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.TestKit;

namespace ProvingMarket.Grains.Tests.Accounts;

public sealed class RecentEntriesTests
{
    private const int Most = 50;
    private const int MostFingerprints = 300;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(12);
    private static readonly DateTimeOffset Start = new FakeTimeProvider().GetUtcNow();

    /// <summary>Whatever is forgotten, because it can be read, by age or because there is too much: an entry that is not found and would have been is never said not to exist,
    /// and what cannot be read yet is always found.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_forgotten_is_never_denied(int seed)
    {
        var random = new Random(seed);
        var (recent, ledger, now) = (new RecentEntries(Window, Most, MostFingerprints), new List<LedgerEntry>(), Start);
        var (denied, pending) = (0, 0);
        for (var i = 0; i < 5_000; i++)
        {
            now += TimeSpan.FromSeconds(random.Next(4) == 0 ? random.Next(60) : 0);
            var entry = new LedgerEntry { EntryId = $"e{i}", Kind = EntryKind.Credit, Amount = Credits.Whole(1), Counterparty = "bob", At = now };
            ledger.Add(entry);
            // Now and then the storage is slow.
            pending = random.Next(10) == 0 ? 1 : Math.Min(pending + 1, 2 * Most);
            recent.Add(entry);
            recent.Trim(pending);
            Assert.InRange(recent.Count, pending, Math.Max(pending, Most));
            Assert.All(ledger.TakeLast(pending), last => Assert.Same(last, recent.Find(last.EntryId, last.At)));
            // Now and then somebody asks, and older ones are read.
            if (random.Next(500) == 0) recent.Extend(ledger.TakeLast(Most / 2), completeAfter: ledger.Count > Most / 2 ? ledger[^((Most / 2) + 1)].At : DateTimeOffset.MinValue);

            var (asked, since) = (ledger[random.Next(ledger.Count)], now - TimeSpan.FromSeconds(random.Next(1_000)));
            if (recent.Find(asked.EntryId, since) is { } found) Assert.Same(asked, found);
            else if (recent.Denies(asked.EntryId, since)) Assert.True(asked.At < since);
            denied += recent.Denies($"new {i}", now - TimeSpan.FromSeconds(30)) ? 1 : 0;
        }
        // What is new is nearly always known to be.
        Assert.InRange(denied, 4_900, 5_000);
    }

    /// <summary>However many movements there were a moment ago, a new one is known to be new without a look into the ledger; one of them is not.</summary>
    [Fact]
    public void A_busy_account_tells_new_movements_from_repeated_ones()
    {
        var recent = new RecentEntries(Window, Most, MostFingerprints);
        for (var i = 0; i < MostFingerprints / 2; i++) Add(recent, Entry(i));

        Assert.Equal(1, recent.Count);
        Assert.True(recent.Denies("new", Start));
        Assert.False(recent.Denies("e0", Start));
        Assert.Null(recent.Find("e0", Start));
        for (var i = 0; i < 2 * MostFingerprints; i++) Add(recent, Entry(1_000 + i));
        Assert.False(recent.Denies("new", Start));
    }

    /// <summary>What was read from the ledger for an answer stays until the answer is found, however much comes meanwhile, and no longer.</summary>
    [Fact]
    public void What_somebody_asks_for_stays_until_it_is_found()
    {
        var recent = new RecentEntries(Window, Most, MostFingerprints);
        recent.Load([], completeAfter: Start);
        recent.BeginAsking();
        recent.Extend(Enumerable.Range(0, 10 * Most).Select(Entry), DateTimeOffset.MinValue);
        for (var i = 0; i < Most; i++) Add(recent, Entry(1_000 + i));
        Assert.NotNull(recent.Find("e0", Start));
        recent.EndAsking();
        Add(recent, Entry(2_000));
        Assert.Equal(Most, recent.Count);
        Assert.False(recent.Denies("e0", Start));
        // Nobody has asked for long.
        Add(recent, Entry(2_001) with { At = Start + (2 * Window) });
        Assert.Equal(1, recent.Count);
    }

    private static void Add(RecentEntries recent, LedgerEntry entry)
    {
        recent.Add(entry);
        recent.Trim(pending: 1);
    }

    private static LedgerEntry Entry(int i) => new()
    {
        EntryId = $"e{i}", Kind = EntryKind.Credit, Amount = Credits.Whole(1), Counterparty = "bob", At = Start.AddMilliseconds(i),
    };
}
