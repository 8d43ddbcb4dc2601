using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.Storage.Sqlite;
using ProvingMarket.Storage.Contract;
using ProvingMarket.Storage.Records;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>The index names records later, in batches; nobody notices but the disk.</summary>
public sealed class RecordIndexTests
{
    /// <summary>Whatever is added, changed, deleted and taken back, in the same transaction or not, before and after it is named, with the file closed or cut off anywhere.</summary>
    [Fact]
    public async Task Readers_find_what_is_committed_wherever_it_is_named()
    {
        await using var file = new SqliteFixture();
        using var steps = new RecordIndexSteps(file);
        Prop.ForAll(Gen.Choose(0, RecordIndexSteps.Choices - 1).ListOf(200).ToArbitrary(), choices =>
        {
            foreach (var choice in choices) steps.Do(choice);
            steps.CheckAll();
            steps.CheckAtRest();
        }).QuickCheckThrowOnFailure();
        Assert.InRange(steps.FoundAgain, 10, int.MaxValue);
    }

    /// <summary>With the storage's threads, while batches are named: a record that was written is found, always.</summary>
    [Fact]
    public async Task A_record_that_is_being_named_is_found()
    {
        const int AtOnce = 500, Rounds = 60;
        await using var file = new SqliteFixture();
        var storage = file.Storage();
        var written = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var first = round * AtOnce;
            var writing = Task.WhenAll(Enumerable.Range(first, AtOnce).Select(i => storage.WriteAsync(Key(i), i)));
            var random = new Random(round);
            for (var looked = 0; written > 0 && (looked < 5 || !writing.IsCompleted); looked++)
            {
                var i = random.Next(written);
                Assert.Equal(i, (await storage.ReadAsync(Key(i))).State?.Available);
            }

            await writing;
            written = first + AtOnce;
        }

        Assert.True(written > 3 * RecordIndex.DefaultBatch);
        await file.CloseAsync();
        using var connection = file.Connect();
        Assert.Equal(written, SqliteSchema.Scalar(connection, "SELECT count(*) FROM record_index"));

        // Everywhere in the order of keys.
        static string Key(int i) => (i * 7919 % 100_003).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Ledgers of many accounts, a page of one after a page of another: each has its place in the index, far from the others'.</summary>
    [Fact]
    public async Task New_records_of_many_journals_cost_less_than_half_a_page_of_the_log_each()
    {
        const int Journals = 400, Each = 40, AtOnce = 10;
        await using var file = new SqliteFixture();
        file.Connect().Dispose();
        using var connection = SqliteConnections.OpenWriter(file.Options.DataSource, TimeSpan.FromSeconds(1));
        using var table = new RecordTable(connection, SqliteSchema.Prepare(connection), new RecordKinds(connection), known: null);
        var kind = new RecordKind("market", "account", GrainType.Create("account.page"));
        var entry = $"{{\"Entry\":\"{new string('x', 160)}\"}}";
        var logged = 0L;
        foreach (var group in Enumerable.Range(0, Journals * Each).Select(i => $"{i * 7919L % Journals}/{i / Journals}").Chunk(AtOnce))
        {
            var writes = group.Select(key => new PendingWrite(new RecordKey(kind, IdSpan.Create(key)), expected: null, RecordData.Of(entry))).ToList();
            table.Begin(writes);
            foreach (var write in writes) table.Apply(write);
            table.Commit();
            foreach (var write in writes)
            {
                write.Publish();
                Assert.NotNull(await write.Task);
            }

            logged += table.TakePagesLogged();
        }

        Assert.InRange(logged / (double)(Journals * Each), 0.1, 0.5);
    }

    [Fact]
    public async Task A_file_of_the_version_before_goes_on_as_it_was()
    {
        await using var file = new SqliteFixture();
        using (var connection = file.Connect()) SqliteSchema.Execute(connection, Version1);
        var before = await File.ReadAllBytesAsync(file.Options.DataSource);

        await using (var source = SqliteArchive.OpenSource(file.Options.DataSource))
            Assert.Equal(["alice", "bob"], (await source.ReadAsync(default).ToListAsync()).Select(record => Encoding.UTF8.GetString(record.Key.Span)));
        Assert.Equal(before, await File.ReadAllBytesAsync(file.Options.DataSource));

        var alice = await file.Storage().ReadAsync("alice");
        Assert.Equal((7, (3L << 40) + 5), (alice.State!.Available, long.Parse(alice.ETag!, CultureInfo.InvariantCulture)));
        alice.State.Available = 8;
        await file.Storage().WriteStateAsync("state", AccountRecords.Grain("alice"), alice);
        await file.Storage().WriteAsync("carol", 9);
        await Assert.ThrowsAsync<InconsistentStateException>(() => file.Storage().WriteAsync("bob", 1));
        await file.CloseAsync();

        Assert.Equal(8, (await file.Storage().ReadAsync("alice")).State!.Available);
        await file.CloseAsync();
        using (var connection = file.Connect())
        {
            Assert.Equal(3, SqliteSchema.Scalar(connection, "SELECT count(*) FROM record_index"));
            Assert.Equal(5, SqliteSchema.Scalar(connection, "SELECT count FROM opening"));
            Assert.Equal(0, SqliteSchema.Scalar(connection, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"));
        }
    }

    // What version 1 made, with two records, opened for the third time.
    private const string Version1 = """
        PRAGMA journal_mode = WAL;
        CREATE TABLE kind (id INTEGER PRIMARY KEY, storage TEXT NOT NULL, state TEXT NOT NULL, grain_type TEXT NOT NULL, UNIQUE (storage, state, grain_type));
        CREATE TABLE record (kind INTEGER NOT NULL REFERENCES kind (id), grain_key TEXT NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (kind, grain_key));
        CREATE TABLE opening (only INTEGER PRIMARY KEY CHECK (only = 1), count INTEGER NOT NULL);
        INSERT INTO opening VALUES (1, 3);
        CREATE VIEW grain_record AS SELECT storage, state, grain_type, grain_key, version, data FROM record JOIN kind ON kind.id = record.kind;
        INSERT INTO kind VALUES (1, 'market', 'state', 'account');
        INSERT INTO record VALUES (1, 'bob', (3 << 40) + 4, '{"Available":6}'), (1, 'alice', (3 << 40) + 5, '{"Available":7}');
        PRAGMA application_id = 0x4F456D62;
        PRAGMA user_version = 1;
        """;
}
