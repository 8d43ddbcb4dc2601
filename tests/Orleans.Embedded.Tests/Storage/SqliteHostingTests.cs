using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;
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

    private static IHost Silo(string dataSource)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo
            .AddSqliteGrainStorageAsDefault(options => options.DataSource = dataSource)
            .AddSqliteGrainStorage("other", options => options.DataSource = dataSource));
        return builder.Build();
    }
}
