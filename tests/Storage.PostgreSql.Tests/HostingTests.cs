using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using Orleans.TestingHost;
using ProvingMarket.Storage.Contract;
using ProvingMarket.Storage.PostgreSql.Hosting;

namespace ProvingMarket.Storage.PostgreSql.Tests;

public interface ILedgerGrain : IGrainWithStringKey
{
    Task<long> AddAsync(long amount);

    Task<long> GetAsync();

    Task ClearAsync();

    Task<string?> RememberAsync(ILedgerGrain other);

    Task<long> AskAsync();
}

[GenerateSerializer]
public sealed class Friend
{
    [Id(0)] public ILedgerGrain? Grain { get; set; }
}

public sealed class LedgerGrain(
    [PersistentState("first")] IPersistentState<Account> first,
    [PersistentState("second", "other")] IPersistentState<Account> second,
    [PersistentState("friend", "other")] IPersistentState<Friend> friend) : Grain, ILedgerGrain
{
    public async Task<long> AddAsync(long amount)
    {
        first.State.Available += amount;
        second.State.Available -= amount;
        await Task.WhenAll(first.WriteStateAsync(), second.WriteStateAsync());
        return first.State.Available;
    }

    public Task<long> GetAsync() => Task.FromResult(first.State.Available - second.State.Available);

    public Task ClearAsync() => Task.WhenAll(first.ClearStateAsync(), second.ClearStateAsync());

    public async Task<string?> RememberAsync(ILedgerGrain other)
    {
        friend.State.Grain = other;
        await friend.WriteStateAsync();
        return friend.Etag;
    }

    public Task<long> AskAsync() => friend.State.Grain!.GetAsync();
}

/// <summary>Silos with the storage, on the engine of this build.</summary>
public sealed class HostingTests : IAsyncLifetime
{
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await Database.CreateAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Silos_find_their_records_again_and_storages_share_the_database()
    {
        for (var run = 1; run <= 2; run++)
        {
            await using var cluster = await StartAsync();
            var grain = cluster.Client.GetGrain<ILedgerGrain>("a");
            Assert.Equal(10 * (run - 1), await grain.GetAsync());
            Assert.Equal(5 * run, await grain.AddAsync(5));
        }

        Assert.Equal("Default/first=10,other/second=-10", await _database.SqlAsync(
            "SELECT string_agg(storage || '/' || state || '=' || (data->>'Available'), ',' ORDER BY storage) FROM market.grain_record"));
        Assert.Equal(2L, await _database.SqlAsync("SELECT openings FROM market.schema_version"));
    }

    /// <summary>Each time the record is written as this silo does, whoever wrote it before.</summary>
    [Fact]
    public async Task A_silo_may_name_members_or_not_whatever_the_one_before_did()
    {
        bool[] named = [true, false, true];
        for (var run = 0; run < named.Length; run++)
        {
            _database.Options.NamesMembers = named[run];
            await using (var cluster = await StartAsync()) Assert.Equal(5 * (run + 1), await cluster.Client.GetGrain<ILedgerGrain>("a").AddAsync(5));
            Assert.Equal($"{5 * (run + 1)}", await _database.SqlAsync($"SELECT data->>'{(named[run] ? "Available" : "0")}' FROM market.grain_record WHERE state = 'first'"));
        }
    }

    [Fact]
    public async Task A_cleared_record_starts_again_from_nothing()
    {
        await using var cluster = await StartAsync();
        var grain = cluster.Client.GetGrain<ILedgerGrain>("a");
        await grain.AddAsync(5);
        await grain.ClearAsync();
        Assert.Equal(0, await grain.GetAsync());
        Assert.Equal(0L, await _database.SqlAsync("SELECT count(*) FROM market.record"));
        Assert.Equal(3, await grain.AddAsync(3));
    }

    [Fact]
    public async Task References_in_records_come_back_as_references()
    {
        await using (var first = await StartAsync())
        {
            await first.Client.GetGrain<ILedgerGrain>("rich").AddAsync(21);
            await first.Client.GetGrain<ILedgerGrain>("poor").RememberAsync(first.Client.GetGrain<ILedgerGrain>("rich"));
        }

        await using var second = await StartAsync();
        Assert.Equal(42, await second.Client.GetGrain<ILedgerGrain>("poor").AskAsync());
    }

    [Fact]
    public async Task A_record_changed_behind_an_activation_is_a_conflict_that_reaches_the_caller_and_ends_the_activation()
    {
        await using var cluster = await StartAsync();
        var grain = cluster.Client.GetGrain<ILedgerGrain>("a");
        await grain.AddAsync(5);
        await _database.SqlAsync("UPDATE market.record SET version = version + 1000000, data = '{\"Available\": 100}' WHERE kind = (SELECT id FROM market.kind WHERE state = 'first')");

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => grain.AddAsync(1));

        Assert.NotNull(conflict.StoredEtag);
        Assert.NotEqual(conflict.StoredEtag, conflict.CurrentEtag);
        Assert.Equal(106, await grain.GetAsync());
    }

    [Fact]
    public async Task A_failure_reaches_a_caller_as_the_typed_exception()
    {
        await using var cluster = await StartAsync();
        var grain = cluster.Client.GetGrain<ILedgerGrain>("a");
        await grain.AddAsync(1);
        await _database.SqlAsync("""
            CREATE FUNCTION poison() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$ LANGUAGE plpgsql;
            CREATE TRIGGER poison BEFORE UPDATE ON market.record FOR EACH ROW EXECUTE FUNCTION poison();
            """);

        var failure = await Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => grain.AddAsync(1));

        Assert.Contains("poisoned", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ConnectionString", "")]
    [InlineData("ConnectionString", "Database=market")]
    [InlineData("ConnectionString", "Horst=db")]
    [InlineData("ConnectionString", "Host=db;Multiplexing=true")]
    [InlineData("Schema", "")]
    [InlineData("Schema", "a name that is much too long for a schema, because PostgreSQL cuts it off")]
    [InlineData("ServiceId", "market")]
    [InlineData("ClusterId", "east")]
    [InlineData("Writers", "0")]
    [InlineData("Readers", "65")]
    [InlineData("MaxPending", "0")]
    [InlineData("MaxPendingBytes", "1023")]
    [InlineData("MaxBatchSize", "0")]
    [InlineData("MaxBatchBytes", "1")]
    [InlineData("MaxRecordBytes", "1")]
    [InlineData("OutagePatience", "-00:00:01")]
    [InlineData("StatementTimeout", "00:00:00.5")]
    public void Options_that_cannot_work_are_refused_by_name(string setting, string value)
    {
        var options = new PostgreSqlGrainStorageOptions { ConnectionString = "Host=db;Password=secret" };
        var property = typeof(PostgreSqlGrainStorageOptions).GetProperty(setting)!;
        property.SetValue(options, System.ComponentModel.TypeDescriptor.GetConverter(property.PropertyType).ConvertFromInvariantString(value));

        var failure = Assert.Single(new PostgreSqlGrainStorageOptionsValidator().Validate("market", options).Failures!);

        Assert.StartsWith($"PostgreSQL grain storage 'market': {setting} ", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_need_nothing_but_a_database() =>
        Assert.True(new PostgreSqlGrainStorageOptionsValidator().Validate(null, new PostgreSqlGrainStorageOptions { ConnectionString = "Host=db" }).Succeeded);

    [Fact]
    public async Task A_silo_with_options_that_cannot_work_does_not_start()
    {
        _database.Options.Writers = 0;
        var refusal = await Assert.ThrowsAnyAsync<Exception>(StartAsync);
        Assert.Contains(Causes(refusal), cause => cause is OptionsValidationException && cause.Message.Contains("Writers = 0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_silo_that_has_lost_a_database_that_is_its_own_ends_and_says_so()
    {
        _database.Options.SingleSilo = true;
        var cluster = await StartAsync();
        var silo = Assert.Single(cluster.Silos).SiloHost;
        var stopping = new TaskCompletionSource();
        using var registered = silo.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);
        await _database.SqlAsync("UPDATE market.schema_version SET openings = openings + 1");
        Assert.Equal(true, await _database.SqlAsync("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"));

        await stopping.Task.WaitAsync(TimeSpan.FromMinutes(1));
        var ended = await Assert.ThrowsAnyAsync<Exception>(() => silo.StopAsync());
        Assert.Contains("opened by somebody else", Assert.Single(Causes(ended).OfType<PostgreSqlInUseException>()).Message, StringComparison.Ordinal);
        silo.Dispose();
    }

    private static IEnumerable<Exception> Causes(Exception? error)
    {
        for (; error is not null; error = error.InnerException) yield return error;
    }

    private async Task<InProcessTestCluster> StartAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddPostgreSqlGrainStorageAsDefault(Configure);
            silo.AddPostgreSqlGrainStorage("other", Configure);
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }

    private void Configure(PostgreSqlGrainStorageOptions options) => (options.ConnectionString, options.Writers, options.SingleSilo, options.NamesMembers) = (
        _database.Options.ConnectionString, _database.Options.Writers, _database.Options.SingleSilo, _database.Options.NamesMembers);
}
