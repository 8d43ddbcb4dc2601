using System.Collections.Immutable;
using Orleans.Storage;
using ProvingMarket.Grains.Infrastructure.Journaling;
using static ProvingMarket.Grains.Tests.Infrastructure.NumberJournals;

namespace ProvingMarket.Grains.Tests.Infrastructure;

/// <summary>Journals under every kind of interruption: any number of activations at once, of which at most one is the rightful one, storage that fails
/// before or after the effect, crashes with operations on their way. The state is the list of all entries, so nothing can be lost unnoticed.</summary>
public sealed class JournalTests
{
    private const int ShortPieceBytes = 24;

    [Theory]
    [InlineData(true, JournalShape.PieceBytes)]
    [InlineData(false, JournalShape.PieceBytes)]
    [InlineData(true, ShortPieceBytes)]
    [InlineData(false, ShortPieceBytes)]
    public void What_was_acknowledged_is_never_lost_and_nothing_appears_twice(bool keepsPages, int pieceBytes)
    {
        var inPieces = 0;
        for (var seed = 0; seed < 1000; seed++)
        {
            var scenario = new Scenario(Shape(keepsPages) with { PieceBytes = pieceBytes }, new Random(seed));
            try
            {
                scenario.Run(steps: pieceBytes == ShortPieceBytes ? 200 : 150);
            }
            catch (Exception e) when (e is not ScenarioException)
            {
                throw new ScenarioException($"Seed {seed}: {e.Message}", e);
            }
            if (scenario.HeadsInPieces > 0) inPieces++;
        }
        Assert.InRange(inPieces, pieceBytes == ShortPieceBytes ? 500 : 0, pieceBytes == ShortPieceBytes ? 1000 : 0);
    }

    /// <summary>Who comes after a failed write hears of the outage, not of something that looks like a bug: clients repeat what failed for an outage.</summary>
    [Fact]
    public async Task A_commit_after_a_failed_write_fails_as_the_write_did()
    {
        var storage = new SteppedStorage();
        var opening = Journal<ImmutableList<int>, int>.OpenAsync<Head, Page>(storage.For(1), Owner, Shape(keepsPages: true), () => { });
        while (storage.Waiting > 0) storage.Step(0, SteppedStorage.Outcome.Done);
        var (journal, _) = await opening;
        journal.Add(1);
        var failed = journal.CommitAsync();
        storage.Step(0, SteppedStorage.Outcome.FailedBefore);
        await Assert.ThrowsAsync<IOException>(() => failed);

        journal.Add(2);
        await Assert.ThrowsAsync<IOException>(journal.CommitAsync);
    }

    [Fact]
    public async Task A_journal_whose_pages_are_not_kept_takes_a_bounded_number_of_records()
    {
        var storage = new SteppedStorage();
        var journal = await OpenAsync(storage, Shape(keepsPages: false), activation: 1);
        for (var entry = 0; entry < 200; entry++)
        {
            journal.Add(entry);
            await FinishAsync(storage, journal.CommitAsync());
        }
        Assert.Equal(2 * Shape(keepsPages: false).PagesAfterHead, storage.Values<Page>().Count());
        Assert.Equal(Enumerable.Range(0, 200), (await OpenAsync(storage, Shape(keepsPages: false), activation: 2)).State);
    }

    [Fact]
    public async Task The_head_is_written_seldom_when_the_state_is_large()
    {
        var storage = new SteppedStorage();
        var shape = Shape(keepsPages: true) with { PagesAfterHead = int.MaxValue };
        var journal = await OpenAsync(storage, shape, activation: 1);
        var heads = new HashSet<long>();
        for (var entry = 0; entry < 300; entry++)
        {
            journal.Add(entry);
            await FinishAsync(storage, journal.CommitAsync());
            heads.UnionWith(storage.Values<Head>().Select(head => head.Page));
        }
        // Each is due when as many entries have come as the state has: the state doubles in between.
        Assert.Equal([4L, 8, 16, 32, 64, 128, 256], heads.Order());
    }

    /// <summary>Between its head and the pages after it, another may have gone once round all records: what it wrote there must not be overwritten.</summary>
    [Fact]
    public async Task An_activation_that_was_overtaken_while_it_loaded_overwrites_nothing()
    {
        var storage = new SteppedStorage();
        var shape = Shape(keepsPages: false);
        await AppendAsync(storage, shape, 5);
        var opening = Journal<ImmutableList<int>, int>.OpenAsync<Head, Page>(storage.For(100), Owner, shape, () => { });
        storage.Step(0, SteppedStorage.Outcome.Done);
        // It has its head and waits for the first page after it.
        await AppendAsync(storage, shape, 5 + (2 * shape.PagesAfterHead), waiting: storage.Waiting);
        while (storage.Waiting > 0) storage.Step(0, SteppedStorage.Outcome.Done);
        await Assert.ThrowsAsync<InconsistentStateException>(() => opening);
        Assert.Equal(Enumerable.Range(0, 5 + (2 * shape.PagesAfterHead)), (await OpenAsync(storage, shape, activation: 101)).State);
    }

    /// <summary>Pieces that others have left, or that are of a larger head, are used again.</summary>
    [Fact]
    public async Task A_head_in_pieces_takes_a_bounded_number_of_records()
    {
        var storage = new SteppedStorage();
        // A state of constant size, which is a head of two pieces.
        var shape = Shape(keepsPages: false) with { Apply = (state, entry) => [.. state.TakeLast(9), entry], PieceBytes = 48 };
        for (var activation = 1; activation <= 50; activation++)
        {
            var journal = await OpenAsync(storage, shape, activation);
            for (var entry = 0; entry < 10; entry++)
            {
                journal.Add((activation * 100) + entry);
                var commit = journal.CommitAsync();
                // Every other activation ends with a part of a head written.
                while (storage.Waiting > 0 && (activation % 2 == 0 || storage.Values<HeadPiece>().All(piece => piece.Page < journal.LastPage))) storage.Step(0, SteppedStorage.Outcome.Done);
                if (!commit.IsCompleted) break;
            }
            storage.Crash(activation, () => false);
        }
        Assert.NotNull(storage.Values<Head>().Single().Pieces);
        Assert.Equal([(0, 1), (0, 2), (1, 1), (1, 2)], storage.Values<HeadPiece>().Select(piece => (piece.Place, piece.Number)).Order());
        Assert.Equal(Enumerable.Range(5_000, 10), (await OpenAsync(storage, shape, activation: 51)).State);
    }

    [Fact]
    public async Task A_head_that_was_written_whole_is_read_and_written_in_pieces_the_next_time()
    {
        var storage = new SteppedStorage();
        var whole = Shape(keepsPages: false);
        await AppendAsync(storage, whole, 20);
        Assert.Null(storage.Values<Head>().Single().Pieces);
        await AppendAsync(storage, whole with { PieceBytes = 24 }, 40);
        Assert.NotNull(storage.Values<Head>().Single().Pieces);
        // One that is shorter than a piece is whole again.
        await AppendAsync(storage, whole, 80);
        Assert.NotNull(storage.Values<Head>().Single().State);
        Assert.Equal(Enumerable.Range(0, 80), (await OpenAsync(storage, whole, activation: 100)).State);
    }

    /// <summary>A head tells for how many pages it was written: journals that began with fewer, or do not say it, go on as they began.</summary>
    [Fact]
    public async Task A_journal_goes_on_as_it_began_when_others_have_more_pages()
    {
        var storage = new SteppedStorage();
        var (before, since) = (Shape(keepsPages: false), Shape(keepsPages: false) with { PagesAfterHead = 40, EntriesAfterHead = 1_000 });
        await AppendAsync(storage, before, 10);
        await AppendAsync(storage, since, 50);
        await AppendAsync(storage, before, 60);
        Assert.Equal(2 * before.PagesAfterHead, storage.Values<Page>().Count());
        Assert.Equal(Enumerable.Range(0, 60), (await OpenAsync(storage, since, activation: 100)).State);
    }

    /// <summary>The state can be a thousand times an entry: it is written seldom also when every write has one entry only.</summary>
    [Fact]
    public async Task What_is_written_for_an_entry_does_not_grow_with_the_state_for_long()
    {
        var storage = new SteppedStorage();
        var shape = new JournalShape<ImmutableList<int>, int>("test", [], (state, entry) => state.Add(entry), state => state.Count);
        var journal = await OpenAsync(storage, shape, activation: 1);
        var heads = new HashSet<long>();
        for (var entry = 0; entry < 4_000; entry++)
        {
            journal.Add(entry);
            await FinishAsync(storage, journal.CommitAsync());
            heads.UnionWith(storage.Values<Head>().Select(head => head.Page));
        }
        // As many entries as the state has, but not more than can be loaded.
        Assert.Equal([64L, 128, 256, 512, 1_024, 2_048, 3_072], heads.Order());
    }

    /// <summary>Appends numbers until there are so many, while others wait.</summary>
    private static async Task AppendAsync(SteppedStorage storage, JournalShape<ImmutableList<int>, int> shape, int to, int waiting = 0)
    {
        var journal = await OpenAsync(storage, shape, activation: to, waiting);
        while (journal.State.Count < to)
        {
            journal.Add(journal.State.Count);
            await FinishAsync(storage, journal.CommitAsync(), waiting);
        }
    }

    private sealed class ScenarioException(string message, Exception inner) : Exception(message, inner);

    private sealed class Scenario(JournalShape<ImmutableList<int>, int> shape, Random random)
    {
        private readonly SteppedStorage _storage = new();
        private readonly List<Activation> _activations = [];
        private readonly HashSet<int> _acknowledged = [];
        private readonly HashSet<long> _headsInPieces = [];
        private (int Writes, int Acknowledged) _checked;
        private int _lastEntry;
        private int _lastActivation;

        /// <summary>How many heads in pieces there have been.</summary>
        public int HeadsInPieces => _headsInPieces.Count;

        public void Run(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                Act();
                Acknowledge();
                Check();
            }
            GoOn();
        }

        private void Act()
        {
            var choice = random.Next(100);
            if (_activations.Count == 0 || choice < 3) Open();
            else if (choice < 6) Crash(_activations[random.Next(_activations.Count)]);
            else if (choice < 45) Decide(_activations[random.Next(_activations.Count)]);
            else if (_storage.Waiting > 0) _storage.Step(random.Next(_storage.Waiting), OutcomeOf(random.Next(40)));
        }

        private static SteppedStorage.Outcome OutcomeOf(int draw) => draw switch
        {
            0 => SteppedStorage.Outcome.FailedBefore,
            1 => SteppedStorage.Outcome.FailedAfter,
            _ => SteppedStorage.Outcome.Done,
        };

        private void Open()
        {
            var activation = new Activation(++_lastActivation);
            // Silos of two versions may be there at once.
            var its = shape with { PagesAfterHead = shape.PagesAfterHead + (2 * random.Next(2)), PieceBytes = shape.PieceBytes * (1 + random.Next(2)) };
            activation.Opening = Journal<ImmutableList<int>, int>.OpenAsync<Head, Page>(_storage.For(activation.Number), Owner, its, () => activation.IsDropped = true);
            _activations.Add(activation);
        }

        private void Crash(Activation activation)
        {
            _activations.Remove(activation);
            _storage.Crash(activation.Number, () => random.Next(2) == 0);
        }

        private void Decide(Activation activation)
        {
            if (activation.Opening!.IsFaulted || activation.IsDropped) Crash(activation);
            if (!activation.Opening.IsCompletedSuccessfully || activation.IsDropped) return;
            var journal = activation.Opening.Result.Journal;
            var entry = ++_lastEntry;
            journal.Add(entry);
            if (random.Next(4) > 0) activation.Commits.Add((entry, journal.CommitAsync()));
        }

        private void Acknowledge()
        {
            foreach (var activation in _activations)
            {
                _acknowledged.UnionWith(activation.Commits.Where(commit => commit.Task.IsCompletedSuccessfully).Select(commit => commit.Entry));
                // Looked at, so that nobody reports them as unobserved.
                foreach (var (_, task) in activation.Commits.Where(commit => commit.Task.IsFaulted)) Assert.NotNull(task.Exception);
                activation.Commits.RemoveAll(commit => commit.Task.IsCompleted);
            }
        }

        /// <summary>However it was left, the next activation that nobody disturbs loads what is durable, and writes.</summary>
        private void GoOn()
        {
            while (_activations.Count > 0) Crash(_activations[0]);
            Open();
            var (last, durable) = (_activations[0], Durable());
            while (_storage.Waiting > 0) _storage.Step(0, SteppedStorage.Outcome.Done);
            Assert.Equal(durable, last.Opening!.GetAwaiter().GetResult().Journal.State);
            for (var i = 0; i < 20; i++)
            {
                Decide(last);
                while (_storage.Waiting > 0) _storage.Step(random.Next(_storage.Waiting), SteppedStorage.Outcome.Done);
                Assert.All(last.Commits, commit => Assert.True(commit.Task.IsCompletedSuccessfully));
                Acknowledge();
                Check();
            }
        }

        private ImmutableList<int> Durable()
        {
            var head = _storage.Values<Head>().SingleOrDefault();
            if (head?.Pieces is not null) _headsInPieces.Add(head.Page);
            return shape.Fold(head, _storage.Values<HeadPiece>(), _storage.Values<Page>());
        }

        private void Check()
        {
            if (_checked == (_storage.Version, _acknowledged.Count)) return;
            _checked = (_storage.Version, _acknowledged.Count);
            var durable = Durable();
            Assert.Equal(durable.Count, durable.Distinct().Count());
            Assert.Superset(_acknowledged, durable.ToHashSet());
            Assert.All(durable, entry => Assert.InRange(entry, 1, _lastEntry));
            if (shape.KeepsPages) Assert.Equal(shape.Fold<Head, Page>(null, [], _storage.Values<Page>()), durable);
        }
    }

    private sealed class Activation(int number)
    {
        public int Number { get; } = number;

        public Task<(Journal<ImmutableList<int>, int> Journal, ImmutableArray<int> Loaded)>? Opening { get; set; }

        public List<(int Entry, Task Task)> Commits { get; } = [];

        public bool IsDropped { get; set; }
    }
}
