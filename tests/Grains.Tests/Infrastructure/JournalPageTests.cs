using System.Collections.Immutable;
using ProvingMarket.Grains.Infrastructure.Journaling;
using static ProvingMarket.Grains.Tests.Infrastructure.NumberJournals;

namespace ProvingMarket.Grains.Tests.Infrastructure;

/// <summary>What gathers while a write is slow, in pages that storages take.</summary>
public sealed class JournalPageTests
{
    private const int PageBytes = 500;
    private const int MostRecordBytes = 2 * PageBytes;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task However_much_gathers_during_a_slow_write_every_commit_succeeds_and_is_there_afterwards(bool keepsPages)
    {
        // In decimals as many bytes as several records may have, and more pages than come after a head.
        const int Last = 3 * MostRecordBytes;
        var storage = new SteppedStorage { MostRecordBytes = MostRecordBytes };
        var journal = await OpenAsync(storage, ShortPages(keepsPages), activation: 1);
        journal.Add(0);
        var first = journal.CommitAsync();
        var commits = new List<Task>();
        for (var entry = 1; entry <= Last; entry++)
        {
            journal.Add(entry);
            commits.Add(journal.CommitAsync());
        }

        storage.Step(0, SteppedStorage.Outcome.Done);
        await first;
        while (storage.Waiting > 0)
        {
            // Nobody is told before the last of them is durable.
            Assert.All(commits, commit => Assert.False(commit.IsCompleted));
            storage.Step(0, SteppedStorage.Outcome.Done);
        }
        await Task.WhenAll(commits);
        Assert.Equal(Enumerable.Range(0, Last + 1), journal.State);
        Assert.Equal(Enumerable.Range(0, Last + 1), (await OpenAsync(storage, ShortPages(keepsPages), activation: 2)).State);
        Assert.All(storage.Values<Page>(), page => Assert.InRange(page.Entries.Length, 1, PageBytes));
    }

    /// <summary>As if each commit had been written by itself: a crash leaves whole decisions.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_decided_together_is_never_cut(bool keepsPages)
    {
        const int Decisions = 200;
        for (var writes = 0; writes < 40; writes++)
        {
            var storage = new SteppedStorage { MostRecordBytes = MostRecordBytes };
            var journal = await OpenAsync(storage, ShortPages(keepsPages), activation: 1);
            journal.Add(0);
            var commit = journal.CommitAsync();
            for (var decision = 1; decision <= Decisions; decision++)
            {
                for (var entry = 0; entry < 7; entry++) journal.Add(decision);
                commit = journal.CommitAsync();
            }
            for (var i = 0; i < writes && storage.Waiting > 0; i++) storage.Step(0, SteppedStorage.Outcome.Done);
            Assert.False(commit.IsCompleted);
            storage.Crash(activation: 1, () => false);

            var left = (await OpenAsync(storage, ShortPages(keepsPages), activation: 2)).State;
            Assert.All(left.Where(entry => entry > 0).GroupBy(entry => entry), decision => Assert.Equal(7, decision.Count()));
            Assert.Equal(left.Order(), left);
        }
    }

    [Fact]
    public async Task One_decision_that_is_larger_than_a_page_is_a_page()
    {
        var storage = new SteppedStorage();
        var journal = await OpenAsync(storage, ShortPages(keepsPages: true), activation: 1);
        foreach (var entry in Enumerable.Range(0, PageBytes)) journal.Add(entry);
        await FinishAsync(storage, journal.CommitAsync());
        Assert.Equal(PageBytes, storage.Values<Page>().Single().Entries.Length);
    }

    private static JournalShape<ImmutableList<int>, int> ShortPages(bool keepsPages) =>
        Shape(keepsPages) with { PageBytes = PageBytes, PieceBytes = PageBytes / 2 };
}
