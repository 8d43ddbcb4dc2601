using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.Storage.Sqlite;
using ProvingMarket.Storage.Contract;
using ProvingMarket.Storage.Records;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>What is said not to be there is not read.</summary>
public sealed class KnownRecordsTests
{
    private const int Many = 200_000;

    [Fact]
    public void What_was_added_is_never_denied_and_hardly_anything_else_is_not()
    {
        var known = new KnownRecords();
        for (var i = 0; i < Many; i++) known.Add(i % 3, Key(i).AsSpan());
        known.Complete();

        for (var i = 0; i < Many; i++) Assert.True(known.MayContain(i % 3, Key(i)));
        Assert.InRange(Enumerable.Range(Many, Many).Count(i => known.MayContain(i % 3, Key(i))), 0, Many / 50);
        Assert.InRange(Enumerable.Range(0, Many).Count(i => known.MayContain(3, Key(i))), 0, Many / 50);
    }

    [Fact]
    public void Nothing_is_denied_before_it_is_known_what_there_is() => Assert.True(new KnownRecords().MayContain(1, Key(1)));

    /// <summary>Records of several kinds, more than are looked at at once, with a part that ends exactly.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(30)]
    public async Task A_scan_finds_every_record_there_is(int records)
    {
        await using var file = new SqliteFixture();
        using (file.Connect())
        {
            // Creates the folder and the file.
        }

        using var connection = SqliteConnections.OpenWriter(file.Options.DataSource, TimeSpan.FromSeconds(1));
        var openings = SqliteSchema.Prepare(connection);
        var kinds = new RecordKinds(connection);
        using var table = new RecordTable(connection, openings, kinds, new KnownRecords(), indexBatch: 1);
        var writer = new GroupCommitWriter(table, file.Options, NullLogger.Instance);
        for (var i = 0; i < records; i++) _ = writer.WriteAsync(new PendingWrite(new RecordKey(Kind(i), Key(i)), null, RecordData.Of()), default);
        _ = writer.CommitPending();

        var known = new KnownRecords();
        using var scan = new RecordScan(SqliteConnections.OpenReader(file.Options.DataSource, TimeSpan.FromSeconds(1)), known, NullLogger.Instance, atOnce: 4);
        var parts = 0;
        for (; known.IsScanWanted; parts++) Assert.True(scan.Continue());

        Assert.Equal((records / 4) + 1, parts);
        for (var i = 0; i < records; i++) Assert.True(known.MayContain(kinds.Find(Kind(i))!.Value, Key(i)));
        Assert.False(known.MayContain(1, IdSpan.Create("nobody")));
    }

    [Fact]
    public async Task A_scan_that_fails_says_so_and_every_record_is_looked_for()
    {
        await using var file = new SqliteFixture();
        using (file.Connect())
        {
            // Creates the folder and the file.
        }

        using var connection = SqliteConnections.OpenWriter(file.Options.DataSource, TimeSpan.FromSeconds(1));
        _ = SqliteSchema.Prepare(connection);
        var (known, log) = (new KnownRecords(), new LogSink());
        using var scan = new RecordScan(SqliteConnections.OpenReader(file.Options.DataSource, TimeSpan.FromSeconds(1)), known, log);
        SqliteSchema.Execute(connection, "DROP TABLE record_index");

        Assert.True(scan.Continue());
        Assert.False(known.IsScanWanted);
        Assert.True(log.WaitForAsync(file.Options.DataSource).IsCompleted);
        Assert.True(known.MayContain(1, IdSpan.Create("anybody")));
        scan.Close();
        Assert.False(scan.Continue());
    }

    /// <summary>Whatever is announced, written, deleted, refused and rolled back while the records are found anew, again and again.</summary>
    [Fact]
    public async Task A_record_that_is_there_is_never_denied()
    {
        await using var file = new SqliteFixture();
        using var steps = new KnownRecordsSteps(file);
        Prop.ForAll(Gen.Choose(0, KnownRecordsSteps.Choices - 1).ListOf(400).ToArbitrary(), choices =>
        {
            foreach (var choice in choices)
            {
                steps.Do(choice);
                Assert.All(steps.Expected, key => Assert.True(steps.Known.MayContain(KnownRecordsSteps.KindId, Key(key)), $"{key} is denied"));
            }
        }).QuickCheckThrowOnFailure();
        Assert.InRange(steps.Renewals, 100, int.MaxValue);
    }

    [Fact]
    public void A_million_records_that_came_and_went_leave_little_behind()
    {
        var known = new KnownRecords();
        known.Complete();
        var most = 0L;
        for (var i = 0; i < 1_000_000; i++)
        {
            known.RenewIfWorn([]);
            if (known.IsScanWanted)
            {
                // The file has one record.
                known.Found(1, Key(-1).AsSpan());
                known.Complete();
            }

            known.Add(1, Key(i).AsSpan());
            known.Gone();
            most = Math.Max(most, known.Bytes);
        }

        Assert.InRange(most, 1, 1 << 18);
        Assert.True(known.MayContain(1, Key(-1)));
    }

    /// <summary>With the threads of a storage: the filter is renewed by itself, and what was deleted long ago is denied again.</summary>
    [Fact]
    public async Task A_storage_whose_records_come_and_go_remembers_those_that_are_there()
    {
        const int AtOnce = 4000, Rounds = 40;
        await using var file = new SqliteFixture();
        var storage = file.Storage();
        var kept = await storage.WriteAsync("kept", 1);
        for (var round = 0; round < Rounds; round++)
        {
            var states = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => storage.WriteAsync($"{round}.{i}", i)));
            await Task.WhenAll(states.Select((state, i) => storage.ClearStateAsync("state", AccountRecords.Grain($"{round}.{i}"), state)));
        }

        // Two bytes for each record that ever was would be more than 320,000.
        Assert.InRange(file.Database.Known.Bytes, 1, 200_000);
        Assert.Equal(kept.ETag, (await storage.ReadAsync("kept")).ETag);
    }

    private static RecordKind Kind(int number) => new("market", number % 2 == 0 ? "even" : "odd", GrainType.Create("account"));

    private static IdSpan Key(int number) => IdSpan.Create(number.ToString(CultureInfo.InvariantCulture));
}
