using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Outputs;
using Orleans.Storage;
using Orleans.Storage.Sqlite;
using ProvingMarket.Storage.Contract;

namespace Orleans.Embedded.Tests.Storage;

public interface ILedgerGrain : IGrainWithStringKey
{
    Task<long> Add(long amount);

    Task<long> Get();

    Task Clear();
}

public sealed class LedgerGrain(
    [PersistentState("first")] IPersistentState<Account> first, [PersistentState("second", "other")] IPersistentState<Account> second) : Grain, ILedgerGrain
{
    public async Task<long> Add(long amount)
    {
        first.State.Available += amount;
        second.State.Available -= amount;
        await Task.WhenAll(first.WriteStateAsync(), second.WriteStateAsync());
        return first.State.Available;
    }

    public Task<long> Get() => Task.FromResult(first.State.Available - second.State.Available);

    public Task Clear() => Task.WhenAll(first.ClearStateAsync(), second.ClearStateAsync());
}

public sealed class SqliteHostingTests
{
    [Fact]
    public async Task A_silo_finds_its_records_again()
    {
        await using var file = new SqliteFixture();
        for (var run = 1; run <= 3; run++)
        {
            using var host = Silo(file.Options.DataSource);
            await host.StartAsync();
            var grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<ILedgerGrain>("a");
            Assert.Equal(10 * (run - 1), await grain.Get());
            Assert.Equal(5 * run, await grain.Add(5));
            await host.StopAsync();
        }

        Assert.False(File.Exists(file.Options.DataSource + "-wal"));
        using var connection = file.Connect();
        using var query = connection.CreateCommand();
        query.CommandText = "SELECT group_concat(storage || '/' || state || '=' || json_extract(data, '$.Available')) FROM (SELECT * FROM grain_record ORDER BY storage)";
        Assert.Equal("Default/first=15,other/second=-15", query.ExecuteScalar());
    }

    /// <summary>Each time the record is written as this silo does, whoever wrote it before.</summary>
    [Fact]
    public async Task A_silo_may_name_members_or_not_whatever_the_one_before_did()
    {
        await using var file = new SqliteFixture();
        bool[] named = [true, false, false, true];
        for (var run = 0; run < named.Length; run++)
        {
            using var silo = Silo(file.Options.DataSource, options => options.NamesMembers = named[run]);
            await silo.StartAsync();
            Assert.Equal(5 * (run + 1), await silo.Services.GetRequiredService<IGrainFactory>().GetGrain<ILedgerGrain>("a").Add(5));
            await silo.StopAsync();
            using var connection = file.Connect();
            Assert.Equal(5 * (run + 1), SqliteSchema.Scalar(connection, $"SELECT json_extract(data, '{(named[run] ? "$.Available" : "$.\"0\"")}') FROM grain_record WHERE state = 'first'"));
        }
    }

    [Fact]
    public async Task A_silo_that_is_only_disposed_closes_its_file_too()
    {
        await using var file = new SqliteFixture();
        using (var host = Silo(file.Options.DataSource))
        {
            await host.StartAsync();
            await host.Services.GetRequiredService<IGrainFactory>().GetGrain<ILedgerGrain>("a").Add(1);
        }

        using var next = Silo(file.Options.DataSource);
        await next.StartAsync();
        Assert.Equal(2, await next.Services.GetRequiredService<IGrainFactory>().GetGrain<ILedgerGrain>("a").Get());
        await next.StopAsync();
    }

    [Fact]
    public async Task A_silo_does_not_start_with_a_file_in_use_or_options_that_cannot_work()
    {
        await using var file = new SqliteFixture();
        using var first = Silo(file.Options.DataSource);
        await first.StartAsync();

        using var second = Silo(file.Options.DataSource);
        Assert.Contains("in use by", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => second.StartAsync())).Message, StringComparison.Ordinal);

        using var third = Silo("");
        var refusal = await Assert.ThrowsAsync<AggregateException>(() => third.StartAsync());
        Assert.Contains("SQLite grain storage 'other': DataSource is not set", refusal.Message, StringComparison.Ordinal);
        await first.StopAsync();
    }

    [Fact]
    public async Task Two_files_of_a_silo_are_not_kept_in_step()
    {
        await using var file = new SqliteFixture();
        using var silo = Silo(file.Options.DataSource, options => options.ExternalSynchrony = true, otherDataSource: file.Options.DataSource + ".other");
        Assert.Contains("ExternalSynchrony", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => silo.StartAsync())).Message, StringComparison.Ordinal);
    }

    /// <summary>Another program holds the file while grains have gone on: clients are told so, at once, and then all goes on with nothing lost.</summary>
    [Fact]
    public async Task While_the_disk_takes_nothing_clients_are_refused_and_nothing_is_lost()
    {
        await using var file = new SqliteFixture();
        using var silo = Silo(file.Options.DataSource, options => (options.ExternalSynchrony, options.BusyTimeout) = (true, TimeSpan.FromMilliseconds(5)));
        var ledger = await WithOneAsync(silo);
        using (var other = file.Connect())
        {
            SqliteSchema.Execute(other, "BEGIN IMMEDIATE");

            // The first is made when the file is free again, the others are not.
            for (var i = 0; i < 3; i++) Assert.Contains("locked", (await Assert.ThrowsAsync<SqliteGrainStorageException>(() => ledger.Add(10))).Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<SqliteGrainStorageException>(() => ledger.Get());
            SqliteSchema.Execute(other, "COMMIT");
        }

        var outputs = silo.Services.GetRequiredService<OutputGate>();
        while (!outputs.IsDurable) await Task.Yield();
        await silo.StopAsync();

        // Of its other record, which it wrote in the same turn, that may have been known already.
        using var connection = file.Connect();
        Assert.Equal(1 + 10, SqliteSchema.Scalar(connection, "SELECT json_extract(data, '$.Available') FROM grain_record WHERE state = 'first'"));
    }

    [Fact]
    public async Task A_silo_stops_while_the_disk_takes_nothing_and_what_nobody_has_heard_of_is_gone()
    {
        await using var file = new SqliteFixture();
        using var silo = Silo(file.Options.DataSource, options => (options.ExternalSynchrony, options.BusyTimeout) = (true, TimeSpan.FromMilliseconds(5)));
        var ledger = await WithOneAsync(silo);
        using (var other = file.Connect())
        {
            SqliteSchema.Execute(other, "BEGIN IMMEDIATE");
            await Assert.ThrowsAsync<SqliteGrainStorageException>(() => ledger.Add(10));
            await silo.StopAsync();
            SqliteSchema.Execute(other, "COMMIT");
        }

        using var again = Silo(file.Options.DataSource);
        await again.StartAsync();
        Assert.Equal(2, await again.Services.GetRequiredService<IGrainFactory>().GetGrain<ILedgerGrain>("a").Get());
        await again.StopAsync();
    }

    private static async Task<ILedgerGrain> WithOneAsync(IHost silo)
    {
        await silo.StartAsync();
        var ledger = silo.Services.GetRequiredService<IGrainFactory>().GetGrain<ILedgerGrain>("a");
        await ledger.Add(1);
        return ledger;
    }

    private static IHost Silo(string dataSource, Action<SqliteGrainStorageOptions>? configure = null, string? otherDataSource = null)
    {
        configure ??= _ => { };
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo
            .AddSqliteGrainStorageAsDefault(options =>
            {
                options.DataSource = dataSource;
                configure(options);
            })
            .AddSqliteGrainStorage("other", options =>
            {
                options.DataSource = otherDataSource ?? dataSource;
                configure(options);
            }));
        return builder.Build();
    }
}
