using System.Collections.Immutable;
using Npgsql;
using Orleans.Storage;
using ProvingMarket.Storage.Contract;
using ProvingMarket.Storage.PostgreSql.Schema;

namespace ProvingMarket.Storage.PostgreSql.Tests;

public sealed class SchemaTests : IAsyncLifetime
{
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await Database.CreateAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Silos_that_start_at_once_take_turns_and_share_the_tables()
    {
        var silos = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _database.OpenAsync()));

        await Task.WhenAll(silos.Select((silo, i) => _database.Storage(silo).WriteAsync($"{i}", i)));

        Assert.Equal(8L, await _database.SqlAsync("SELECT openings FROM market.schema_version"));
        Assert.Equal(8L, await _database.SqlAsync("SELECT count(*) FROM market.record"));
        Assert.Equal(1L, await _database.SqlAsync("SELECT count(*) FROM market.kind"));
    }

    [Fact]
    public async Task Silos_on_one_database_meet_as_conflicts()
    {
        var (one, other) = (await _database.StorageAsync(), await _database.StorageAsync());
        var mine = await one.WriteAsync("a", 1);
        var theirs = await other.ReadAsync("a");
        await other.WriteStateAsync("state", AccountRecords.Grain("a"), theirs);

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => one.WriteStateAsync("state", AccountRecords.Grain("a"), mine));

        Assert.Equal((theirs.ETag, mine.ETag), (conflict.StoredEtag, conflict.CurrentEtag));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Silos_that_write_the_same_few_records_do_what_the_model_says(int seed)
    {
        var model = new StorageModel(keys: 8);
        var silos = new List<IGrainStorage>();
        for (var i = 0; i < 3; i++) silos.Add(await _database.StorageAsync());

        await Task.WhenAll(Enumerable.Range(0, 24).Select(actor => Task.Run(() => model.ActAsync(silos[actor % 3], new Random((seed * 100) + actor), operations: 100))));

        await model.CheckAsync(await _database.StorageAsync());
    }

    [Fact]
    public async Task An_older_schema_is_migrated_once_and_keeps_its_records()
    {
        await (await _database.StorageAsync()).WriteAsync("a", 7);
        ImmutableArray<SchemaStep> next = [.. SchemaStep.All, new SchemaStep(names => $"ALTER TABLE {names.Record} ADD COLUMN note text NOT NULL DEFAULT 'migrated'")];

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PrepareAsync(next)));

        Assert.Equal(SchemaStep.All.Length + 1, await _database.SqlAsync("SELECT version FROM market.schema_version"));
        Assert.Equal("migrated", await _database.SqlAsync("SELECT note FROM market.record"));
        Assert.Equal("7", await _database.SqlAsync("SELECT data->>'Available' FROM market.grain_record"));
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_schema_as_it_was()
    {
        await (await _database.StorageAsync()).WriteAsync("a", 7);
        ImmutableArray<SchemaStep> broken = [.. SchemaStep.All, new SchemaStep(names => $"ALTER TABLE {names.Record} ADD COLUMN note text; SELECT 1 / 0")];

        await Assert.ThrowsAsync<PostgresException>(() => PrepareAsync(broken));

        Assert.Equal(SchemaStep.All.Length, await _database.SqlAsync("SELECT version FROM market.schema_version"));
        Assert.Equal(7, (await (await _database.StorageAsync()).ReadAsync("a")).State!.Available);
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await using (await _database.OpenAsync())
        {
            // Creates the tables.
        }

        await _database.SqlAsync("UPDATE market.schema_version SET version = 99");

        var refusal = await Assert.ThrowsAsync<PostgreSqlSchemaException>(() => _database.OpenAsync());

        Assert.Contains($"has version 99; this program knows versions up to {SchemaStep.All.Length}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_of_another_program_is_refused_and_left_alone()
    {
        await _database.SqlAsync("CREATE SCHEMA market; CREATE TABLE market.customers (id int)");

        var refusal = await Assert.ThrowsAsync<PostgreSqlSchemaException>(() => _database.OpenAsync());

        Assert.Contains("another program, for example 'customers'", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await _database.SqlAsync("SELECT count(*) FROM pg_class WHERE relnamespace = 'market'::regnamespace"));
    }

    [Theory]
    [InlineData("Market of the \"west\"")]
    [InlineData("it's \\ mine")]
    public async Task A_schema_may_have_any_name(string name)
    {
        _database.Options.Schema = name;
        await (await _database.StorageAsync()).WriteAsync("a", 1);
        _database.Options.Schema = "other";
        Assert.False((await (await _database.StorageAsync()).ReadAsync("a")).RecordExists);
        _database.Options.Schema = name;
        Assert.Equal(1, (await (await _database.StorageAsync()).ReadAsync("a")).State!.Available);
    }

    [Fact]
    public async Task A_role_that_may_not_create_schemas_can_use_one_that_was_made_for_it()
    {
        await _database.SqlAsync("""
            CREATE ROLE limited LOGIN PASSWORD 'limited';
            CREATE SCHEMA market AUTHORIZATION limited;
            """);
        _database.Options.ConnectionString = new NpgsqlConnectionStringBuilder(_database.Options.ConnectionString) { Username = "limited", Password = "limited" }.ToString();

        var storage = await _database.StorageAsync();

        await storage.WriteAsync("a", 1);
        Assert.Equal(1, (await storage.ReadAsync("a")).State!.Available);
    }

    [Theory]
    [InlineData("market", "west", "ClusterId is 'east'; this silo's ClusterId is 'west'")]
    [InlineData("other", "east", "ServiceId is 'market'; this silo's ServiceId is 'other'")]
    public async Task A_schema_belongs_to_the_first_cluster_that_opens_it_until_that_is_renamed(string service, string cluster, string problem)
    {
        (_database.Options.ServiceId, _database.Options.ClusterId) = ("market", "east");
        var silo = await _database.OpenAsync();
        await _database.OpenAsync();
        await _database.Storage(silo).WriteAsync("a", 1);
        (_database.Options.ServiceId, _database.Options.ClusterId) = (service, cluster);

        var refusal = await Assert.ThrowsAsync<PostgreSqlSchemaException>(_database.OpenAsync);

        Assert.Contains($"Schema 'market' of database '{await _database.SqlAsync("SELECT current_database()::text")}' belongs to the cluster whose {problem}. ", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2L, await _database.SqlAsync("SELECT openings FROM market.schema_version"));

        // As the message says, and docs/operations.md.
        await _database.SqlAsync(refusal.Message[refusal.Message.IndexOf("UPDATE ", StringComparison.Ordinal)..]);
        Assert.Equal(1, (await (await _database.StorageAsync()).ReadAsync("a")).State!.Available);
        (_database.Options.ServiceId, _database.Options.ClusterId) = ("market", "east");
        await Assert.ThrowsAsync<PostgreSqlSchemaException>(_database.OpenAsync);
    }

    [Fact]
    public async Task A_schema_from_before_clusters_were_noted_is_the_first_ones()
    {
        await PrepareAsync(SchemaStep.All[..1]);
        await _database.SqlAsync("INSERT INTO market.kind (storage, state, grain_type) VALUES ('market', 'state', 'account'); INSERT INTO market.record VALUES (1, 'a', 1, '{\"Available\":7}')");
        (_database.Options.ServiceId, _database.Options.ClusterId) = ("market", "east");

        Assert.Equal(7, (await (await _database.StorageAsync()).ReadAsync("a")).State!.Available);

        _database.Options.ClusterId = "west";
        await Assert.ThrowsAsync<PostgreSqlSchemaException>(_database.OpenAsync);
    }

    /// <summary>It has the schema to itself while it runs; a cluster that is started from its records, or goes back to it, is moved on purpose.</summary>
    [Fact]
    public async Task A_silo_by_itself_neither_has_a_cluster_nor_asks_whose_the_schema_is()
    {
        (_database.Options.ServiceId, _database.Options.ClusterId) = ("market", "east");
        await (await _database.OpenAsync()).DisposeAsync();
        (_database.Options.ServiceId, _database.Options.ClusterId, _database.Options.SingleSilo) = (null, null, true);
        await (await _database.OpenAsync()).DisposeAsync();

        Assert.Equal("market/east", await _database.SqlAsync("SELECT service_id || '/' || cluster_id FROM market.schema_version"));
    }

    private async Task PrepareAsync(ImmutableArray<SchemaStep> steps)
    {
        await using var connection = new NpgsqlConnection(_database.Options.ConnectionString);
        await connection.OpenAsync();
        await new PostgreSqlSchema(_database.Options.Schema, steps).PrepareAsync(connection, cluster: null, CancellationToken.None);
    }
}
