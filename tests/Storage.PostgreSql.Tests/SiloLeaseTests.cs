using System.Globalization;
using ProvingMarket.Storage.Contract;

namespace ProvingMarket.Storage.PostgreSql.Tests;

/// <summary>A silo that is not part of a cluster has its schema to itself, also when the connection with its lock is lost.</summary>
public sealed class SiloLeaseTests : IAsyncLifetime
{
    private Database _database = null!;

    public async Task InitializeAsync()
    {
        _database = await Database.CreateAsync();
        _database.Options.SingleSilo = true;
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_second_silo_is_refused_and_told_who_is_there()
    {
        var silo = await _database.OpenAsync();

        var refusal = await Assert.ThrowsAsync<PostgreSqlInUseException>(_database.OpenAsync);
        Assert.Contains($"schema 'market' is in use by another silo: server process {silo.LeaseProcessId}, application 'proving-market', from 127.0.0.1, since ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("another Schema", refusal.Message, StringComparison.Ordinal);

        await _database.Storage(silo).WriteAsync("a", 1);
        await silo.DisposeAsync();
        Assert.Equal(1, (await (await _database.StorageAsync()).ReadAsync("a")).State!.Available);
    }

    [Fact]
    public async Task Another_schema_is_another_market()
    {
        await _database.OpenAsync();
        _database.Options.Schema = "other";
        await (await _database.StorageAsync()).WriteAsync("a", 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Silos_of_a_cluster_and_one_by_itself_exclude_each_other(bool isClusterFirst)
    {
        _database.Options.SingleSilo = !isClusterFirst;
        var first = await _database.OpenAsync();
        if (isClusterFirst) await _database.OpenAsync();
        _database.Options.SingleSilo = isClusterFirst;

        var refusal = await Assert.ThrowsAsync<PostgreSqlInUseException>(_database.OpenAsync);
        Assert.Contains("in use by", refusal.Message, StringComparison.Ordinal);
        await _database.Storage(first).WriteAsync("a", 1);
    }

    [Fact]
    public async Task A_lost_lock_is_taken_again()
    {
        var silo = await _database.OpenAsync();
        var before = silo.LeaseProcessId;
        await EndAsync(before);
        await UntilAsync(async () => silo.LeaseProcessId != before && await IsHeldAsync(silo.LeaseProcessId));

        await _database.Storage(silo).WriteAsync("a", 1);
        Assert.False(silo.Lost!.IsCompleted);
        await Assert.ThrowsAsync<PostgreSqlInUseException>(_database.OpenAsync);
    }

    /// <summary>The lock's connection alone is lost, and another silo has been waiting for just that: whatever the first one believes, nothing of it is written any more.</summary>
    [Fact]
    public async Task A_silo_that_has_lost_its_lock_to_another_writes_nothing_any_more_and_ends()
    {
        _database.Options.OutagePatience = TimeSpan.FromSeconds(1);
        var first = await _database.OpenAsync();
        var storage = _database.Storage(first);
        var state = await storage.WriteAsync("a", 1);
        var waiting = _database.OpenAsync();
        await UntilAsync(async () => await _database.SqlAsync("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())") is 1L);
        await EndAsync(first.LeaseProcessId);
        var second = await waiting;

        state.State!.Available = 2;
        await Assert.ThrowsAnyAsync<PostgreSqlGrainStorageException>(() => storage.WriteStateAsync("state", AccountRecords.Grain("a"), state));
        await Assert.ThrowsAnyAsync<PostgreSqlGrainStorageException>(() => storage.ReadAsync("a"));
        Assert.Contains("in use by another silo", (await first.Lost!).Message, StringComparison.Ordinal);
        Assert.Equal(1, (await _database.Storage(second).ReadAsync("a")).State!.Available);

        // When the other one has left what this one remembers is out of date all the same.
        await second.DisposeAsync();
        await Assert.ThrowsAnyAsync<PostgreSqlGrainStorageException>(() => storage.WriteStateAsync("state", AccountRecords.Grain("a"), state));
    }

    [Fact]
    public async Task A_silo_ends_when_somebody_else_has_opened_its_schema_meanwhile()
    {
        var silo = await _database.OpenAsync();
        await _database.SqlAsync("UPDATE market.schema_version SET openings = openings + 1");
        await EndAsync(silo.LeaseProcessId);
        Assert.Contains("was opened by somebody else", (await silo.Lost!).Message, StringComparison.Ordinal);
    }

    private async Task EndAsync(int processId) =>
        Assert.Equal(true, await _database.SqlAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT pg_terminate_backend({processId}, 5000)")));

    private async Task<bool> IsHeldAsync(int processId) => processId != 0 && await _database.SqlAsync(
        string.Create(CultureInfo.InvariantCulture, $"SELECT true FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = {processId} LIMIT 1")) is true;

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Delay(2);
        }
    }
}
