using System.Text;
using Npgsql;
using Orleans.Storage;
using ProvingMarket.Storage.Contract;
using ProvingMarket.Storage.Records;
using ProvingMarket.Storage.Records.Archives;

namespace ProvingMarket.Storage.PostgreSql.Tests;

/// <summary>Records on their way from SQLite to PostgreSQL and back.</summary>
public sealed class ArchiveTests : IAsyncLifetime
{
    private static readonly string[] s_keys = ["plain", "Ünïcödé 証明", "'; DROP TABLE record; --", "NUL \0 inside", "\"quoted\"\n"];

    private readonly string _folder = Directory.CreateTempSubdirectory("market-archive-").FullName;
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await Database.CreateAsync();

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Records_go_to_SQLite_and_back_and_stay_the_same_bytes()
    {
        await FillAsync();
        var before = await ContentsAsync(await SourceAsync());
        Assert.Equal(s_keys.Length + 1500 + 1, before.Count);

        var exported = await ExportAsync(await SourceAsync());
        await ImportAsync(exported, SqliteTarget("there"));
        var copied = await ContentsAsync(SqliteSource("there"));
        var exportedAgain = await ExportAsync(SqliteSource("there"));
        _database.Options.Schema = "back";
        await ImportAsync(exportedAgain, await TargetAsync());
        var back = await ContentsAsync(await SourceAsync());

        Assert.Equal(before, copied);
        Assert.Equal(before, back);
        Assert.Equal(exported, exportedAgain);
    }

    [Fact]
    public async Task A_silo_goes_on_with_imported_records_and_versions_from_before_do_not_fit()
    {
        var silo = await _database.OpenAsync();
        var old = await _database.Storage(silo).WriteAsync("a", 1);
        await silo.DisposeAsync();
        var archive = await ExportAsync(await SourceAsync());
        _database.Options.Schema = "copy";
        await ImportAsync(archive, await TargetAsync());

        var storage = await _database.StorageAsync();
        var read = await storage.ReadAsync("a");
        Assert.Equal(1, read.State!.Available);
        read.State.Available = 2;
        await storage.WriteStateAsync("state", AccountRecords.Grain("a"), read);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", AccountRecords.Grain("a"), old));
    }

    [Fact]
    public async Task A_key_that_is_no_text_comes_back()
    {
        var record = new ArchivedRecord(new RecordKind("market", "state", GrainType.Create("account")), new byte[] { 0xff, 0x00, 0xfe }, "{}"u8.ToArray());
        await using (var target = await TargetAsync())
        {
            await target.AddAsync([record], CancellationToken.None);
            await target.CommitAsync(CancellationToken.None);
        }

        await ImportAsync(await ExportAsync(await SourceAsync()), SqliteTarget("there"));

        Assert.Equal("market/state/account//wD+", Assert.Single(await ContentsAsync(SqliteSource("there"))).Key);
    }

    [Fact]
    public async Task What_a_silo_uses_is_neither_exported_nor_imported_into()
    {
        var silo = await _database.OpenAsync();
        foreach (var refusal in new[] { await Assert.ThrowsAsync<PostgreSqlInUseException>(SourceAsync), await Assert.ThrowsAsync<PostgreSqlInUseException>(TargetAsync) })
            Assert.Contains("in use by a silo", refusal.Message, StringComparison.Ordinal);

        await silo.DisposeAsync();
        await using (await SourceAsync())
        {
            Assert.Contains("export or import", (await Assert.ThrowsAsync<PostgreSqlInUseException>(() => _database.OpenAsync())).Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<PostgreSqlInUseException>(TargetAsync);
            await using var sqlite = SqliteTarget("one");
            Assert.Contains("in use", Assert.Throws<SqliteGrainStorageException>(() => SqliteSource("one")).Message, StringComparison.Ordinal);
        }

        await _database.OpenAsync();
    }

    [Fact]
    public async Task A_storage_with_records_is_not_imported_into()
    {
        await FillAsync();
        var archive = await ExportAsync(await SourceAsync());

        var refusal = await Assert.ThrowsAsync<StateArchiveException>(async () => await ImportAsync(archive, await TargetAsync()));
        Assert.Contains("is not empty", refusal.Message, StringComparison.Ordinal);
        await ImportAsync(archive, SqliteTarget("there"));
        Assert.Contains("is not empty", (await Assert.ThrowsAsync<StateArchiveException>(() => ImportAsync(archive, SqliteTarget("there")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_archive_leaves_the_storage_empty()
    {
        await FillAsync();
        var archive = await ExportAsync(await SourceAsync());
        var text = Encoding.UTF8.GetString(archive);
        var lines = text.Split('\n');
        (string Text, string Problem)[] damaged =
        [
            ("", "empty"),
            ("{}\n", "not the header"),
            (text.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal), "version 2"),
            (text.Replace("\"Available\":1499", "\"Available\":1498", StringComparison.Ordinal), "SHA-256"),
            (string.Join('\n', lines.Where((_, i) => i != 7)), "SHA-256"),
            (string.Join('\n', lines[..^2]) + "\n", "cut off"),
            (text[..^1], "cut off"),
            (text[..(text.Length / 2)], "cut off"),
            (text + lines[3] + "\n", "goes on"),
            (text.Replace("{\"storage\":\"market\",\"state\":\"second\"", "{\"storage\":\"market\",\"state\":", StringComparison.Ordinal), "Line 1 "),
        ];
        _database.Options.Schema = "target";
        for (var i = 0; i < damaged.Length; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(damaged[i].Text);
            foreach (var open in new Func<Task<IRecordTarget>>[] { TargetAsync, () => Task.FromResult(SqliteTarget($"{i}")) })
            {
                var failure = await Assert.ThrowsAsync<StateArchiveException>(async () =>
                {
                    await using var target = await open();
                    using var input = new MemoryStream(bytes);
                    await StateArchive.ImportAsync(input, target);
                });
                Assert.Contains(damaged[i].Problem, failure.Message, StringComparison.Ordinal);
                await using var after = await open();
                Assert.Equal(0, await after.CountAsync(CancellationToken.None));
            }
        }
    }

    [Fact]
    public async Task Contents_with_line_breaks_or_nested_as_deeply_as_records_may_be_come_back()
    {
        const int CodecDepth = 64;
        (string Key, string Data)[] records =
        [
            ("broken", "{\r\n  \"text\": \"a\\nb\",\n\n  \"numbers\": [1,\n2]\n}\n"),
            ("deep", string.Concat(Enumerable.Repeat("{\"a\":", CodecDepth - 1)) + "[]" + new string('}', CodecDepth - 1)),
        ];
        await using (var target = await TargetAsync())
        {
            await target.AddAsync([.. records.Select(record => Record(record.Key, record.Data))], CancellationToken.None);
            await target.CommitAsync(CancellationToken.None);
        }

        var exported = await ExportAsync(await SourceAsync());
        await ImportAsync(exported, SqliteTarget("there"));

        Assert.Equal(records.Length + 2, exported.Count(character => character == '\n'));
        Assert.Equal(exported, await ExportAsync(SqliteSource("there")));
        Assert.Equal(records.Select(record => record.Data.Replace('\r', ' ').Replace('\n', ' ').Trim()), (await ContentsAsync(SqliteSource("there"))).Values);
    }

    [Fact]
    public async Task Contents_that_could_not_be_imported_again_are_not_exported()
    {
        await using (var target = await TargetAsync())
        {
            await target.AddAsync([Record("abyss", new string('[', 128) + new string(']', 128))], CancellationToken.None);
            await target.CommitAsync(CancellationToken.None);
        }

        var refusal = await Assert.ThrowsAsync<StateArchiveException>(async () => await ExportAsync(await SourceAsync()));
        Assert.Contains("'state' of account", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("127", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>In one batch, and in two.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(1500)]
    public async Task A_record_that_is_there_twice_is_told_by_its_line_and_nothing_is_imported(int between)
    {
        var records = Enumerable.Range(0, between).Select(i => Record($"{i}", "{}")).Prepend(Record("twice", "1")).Append(Record("twice", "2")).ToList();
        using var archive = new MemoryStream();
        await StateArchive.ExportAsync(new Listed(records), archive);

        foreach (var open in new Func<Task<IRecordTarget>>[] { TargetAsync, () => Task.FromResult(SqliteTarget("there")) })
        {
            var failure = await Assert.ThrowsAsync<StateArchiveException>(async () => await ImportAsync(archive.ToArray(), await open()));
            Assert.StartsWith($"Line {between + 3} of the archive ", failure.Message, StringComparison.Ordinal);
            await using var after = await open();
            Assert.Equal(0, await after.CountAsync(CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_storage_that_cannot_take_an_archive_is_told_with_the_lines()
    {
        await FillAsync();
        var archive = await ExportAsync(await SourceAsync());
        _database.Options.Schema = "target";
        await (await TargetAsync()).DisposeAsync();
        await _database.SqlAsync("ALTER TABLE target.record ADD CHECK (length(data) < 1000000)");

        var failure = await Assert.ThrowsAsync<StateArchiveException>(async () => await ImportAsync(archive, await TargetAsync()));

        Assert.StartsWith("One of the lines 2 to ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("schema 'target'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("record_data_check", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_has_no_records_of_a_market_is_no_source_and_stays_as_it_is()
    {
        await using (await _database.OpenAsync())
        {
            // The market's own schema, beside which the name is mistyped.
        }
        _database.Options.Schema = "makret";
        var unknown = await Assert.ThrowsAsync<PostgreSqlSchemaException>(SourceAsync);
        Assert.Contains("has no records of a market", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await _database.SqlAsync("SELECT count(*) FROM pg_namespace WHERE nspname = 'makret'"));

        Directory.CreateDirectory(Path.GetDirectoryName(FileOf("empty"))!);
        await File.WriteAllBytesAsync(FileOf("empty"), []);
        Assert.Contains("without the records of a market", Assert.Throws<SqliteGrainStorageException>(() => SqliteSource("empty")).Message, StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(FileOf("empty")).Length);
        Assert.Contains("does not exist", Assert.Throws<SqliteGrainStorageException>(() => SqliteSource("nowhere")).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.GetDirectoryName(FileOf("nowhere"))));
    }

    [Fact]
    public async Task A_source_is_only_read()
    {
        await FillAsync();
        var exported = await ExportAsync(await SourceAsync());
        await ImportAsync(exported, SqliteTarget("there"));
        var (openings, bytes) = (await OpeningsAsync(), await File.ReadAllBytesAsync(FileOf("there")));
        await _database.SqlAsync("CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT USAGE ON SCHEMA market TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA market TO reader");
        try
        {
            var asReader = new NpgsqlConnectionStringBuilder(_database.Options.ConnectionString) { Username = "reader", Password = "reader" }.ConnectionString;
            var source = await PostgreSqlArchive.OpenSourceAsync(new PostgreSqlGrainStorageOptions { ConnectionString = asReader });
            Assert.Equal(exported, await ExportAsync(source));
        }
        finally
        {
            await _database.SqlAsync("DROP OWNED BY reader; DROP ROLE reader");
        }
        Assert.Equal(exported, await ExportAsync(SqliteSource("there")));
        Assert.Equal(openings, await OpeningsAsync());
        Assert.Equal(bytes, await File.ReadAllBytesAsync(FileOf("there")));

        async Task<object?> OpeningsAsync() => await _database.SqlAsync("SELECT openings FROM market.schema_version");
    }

    [Fact]
    public async Task A_connection_that_is_lost_while_records_are_read_is_told_with_the_storage()
    {
        const int MoreThanConnectionsBuffer = 8;
        var large = new ReadOnlyMemory<byte>([(byte)'"', .. Enumerable.Repeat((byte)'x', 4 << 20), (byte)'"']);
        await using (var target = await TargetAsync())
        {
            await target.AddAsync([.. Enumerable.Range(0, MoreThanConnectionsBuffer).Select(i => Record($"{i}", "1") with { Data = large })], CancellationToken.None);
            await target.CommitAsync(CancellationToken.None);
        }

        await using var source = await SourceAsync();
        await using var records = source.ReadAllAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await records.MoveNextAsync());
        Assert.Equal(true, await _database.SqlAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'proving-market' AND datname = current_database()"));
        var failure = await Assert.ThrowsAsync<StateArchiveException>(async () =>
        {
            while (await records.MoveNextAsync())
            {
                // On until the end of what arrived.
            }
        });

        Assert.StartsWith($"{source.Description} could not be read: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_of_an_older_version_is_refused_until_a_silo_has_opened_it()
    {
        await FillAsync();
        await _database.SqlAsync("UPDATE market.schema_version SET version = 0");
        var older = await Assert.ThrowsAsync<PostgreSqlSchemaException>(SourceAsync);
        Assert.Contains("has version 0", older.Message, StringComparison.Ordinal);
    }

    private async Task FillAsync()
    {
        await using var silo = await _database.OpenAsync();
        var storage = _database.Storage(silo);
        await Task.WhenAll(Enumerable.Range(0, 1500).Select(i => storage.WriteAsync($"number {i}", i)));
        foreach (var key in s_keys) await storage.WriteStateAsync("state", AccountRecords.Grain(key), new GrainState<Account>(new Account { Available = 5, Note = key }));
        await storage.WriteStateAsync("second", AccountRecords.Grain("large"), new GrainState<Account>(new Account { Note = new string('x', 3 << 20) }));
    }

    private Task<IRecordSource> SourceAsync() => PostgreSqlArchive.OpenSourceAsync(_database.Options);

    private Task<IRecordTarget> TargetAsync() => PostgreSqlArchive.OpenTargetAsync(_database.Options);

    private IRecordSource SqliteSource(string name) => SqliteArchive.OpenSource(FileOf(name));

    private IRecordTarget SqliteTarget(string name) => SqliteArchive.OpenTarget(FileOf(name));

    private string FileOf(string name) => Path.Combine(_folder, name, "market.db");

    private static ArchivedRecord Record(string key, string data) =>
        new(new RecordKind("market", "state", GrainType.Create("account")), Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(data));

    private static async Task<byte[]> ExportAsync(IRecordSource source)
    {
        await using (source)
        {
            using var output = new MemoryStream();
            await StateArchive.ExportAsync(source, output);
            return output.ToArray();
        }
    }

    private static async Task ImportAsync(byte[] archive, IRecordTarget target)
    {
        await using (target)
        {
            using var input = new MemoryStream(archive);
            await StateArchive.ImportAsync(input, target);
        }
    }

    private static async Task<SortedDictionary<string, string>> ContentsAsync(IRecordSource source)
    {
        await using (source)
        {
            var contents = new SortedDictionary<string, string>(StringComparer.Ordinal);
            await foreach (var record in source.ReadAsync(CancellationToken.None))
                contents.Add($"{record.Kind.Storage}/{record.Kind.State}/{record.Kind.GrainType}/{Convert.ToBase64String(record.Key.Span)}", Encoding.UTF8.GetString(record.Data.Span));
            return contents;
        }
    }

    /// <summary>A source that says what no storage would.</summary>
    private sealed class Listed(IReadOnlyList<ArchivedRecord> records) : IRecordSource
    {
        public string Description => "a list";

        public Task<IReadOnlyDictionary<RecordKind, long>> CountAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<RecordKind, long>>(records.GroupBy(record => record.Kind).ToDictionary(kind => kind.Key, kind => kind.LongCount()));

        public IAsyncEnumerable<ArchivedRecord> ReadAsync(CancellationToken cancellationToken) => records.ToAsyncEnumerable();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
