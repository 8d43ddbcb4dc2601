using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Orleans.Storage;
using ProvingMarket.PostgreSqlFixture;
using ProvingMarket.Storage.Contract;

namespace ProvingMarket.Storage.PostgreSql.Tests;

/// <summary>A server of their own that is killed as kill -9 does.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private PostgreSqlServer _server = null!;
    private Database _database = null!;

    public async Task InitializeAsync()
    {
        _server = await PostgreSqlServer.StartAsync();
        _database = await Database.CreateAsync(_server);
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Every_change_under_way_on_a_lost_connection_has_an_unknown_outcome_and_the_next_ones_are_written()
    {
        _database.Options.Writers = 1;
        var silo = await _database.OpenAsync();
        var storage = _database.Storage(silo);
        var stored = await storage.WriteAsync("stored", 1);
        var before = stored.ETag;
        await using var gate = await TableGate.CloseAsync(_database);
        var inFlight = storage.WriteStateAsync("state", AccountRecords.Grain("stored"), stored);
        var backend = Assert.Single(await gate.ReachedAsync());
        var behind = Enumerable.Range(0, 20).Select(i => storage.WriteAsync($"{i}", i)).ToList();

        Assert.True(_server.KillBackend(backend));

        var unknown = await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => inFlight);
        Assert.Contains("'state' of account/stored", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(before, stored.ETag);
        await Task.WhenAll(behind);
        Assert.NotEqual(backend, Assert.Single(silo.WriterProcessIds));
        Assert.Equal(before, (await storage.ReadAsync("stored")).ETag);
        await storage.WriteStateAsync("state", AccountRecords.Grain("stored"), stored);
    }

    [Fact]
    public async Task A_log_that_throws_does_not_stop_the_writing_of_records()
    {
        _database.Options.Writers = 1;
        var storage = _database.Storage(await _database.OpenAsync(new FullDisk()));
        await using var gate = await TableGate.CloseAsync(_database);
        var inFlight = storage.WriteAsync("in flight", 1);

        Assert.True(_server.KillBackend(Assert.Single(await gate.ReachedAsync())));

        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => inFlight.WaitAsync(TimeSpan.FromSeconds(30)));
        await storage.WriteAsync("next", 1).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_retry_of_a_change_that_took_effect_unknown_to_its_caller_is_refused()
    {
        _database.Options.Writers = 1;
        var storage = await _database.StorageAsync();
        var state = await storage.WriteAsync("a", 1);
        var seen = state.ETag;

        // The answer to a commit is lost on its way.
        await using var proxy = await CuttingProxy.StartAsync(_server.Port);
        var cut = new PostgreSqlGrainStorageOptions { ConnectionString = proxy.Redirect(_database.Options.ConnectionString), Writers = 1 };
        await using var silo = await PostgreSqlDatabase.OpenAsync(cut, TimeProvider.System, NullLogger.Instance);
        var behindProxy = _database.Storage(silo);
        await behindProxy.WriteAsync("warm", 1);
        proxy.LoseAnswers();
        state.State!.Available = 2;
        var write = behindProxy.WriteStateAsync("state", AccountRecords.Grain("a"), state);
        await UntilAsync(async () => (await storage.ReadAsync("a")).State!.Available == 2);
        proxy.Cut();

        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => write);
        Assert.Equal(seen, state.ETag);
        state.State.Available = 3;
        var refused = await Assert.ThrowsAsync<InconsistentStateException>(() => behindProxy.WriteStateAsync("state", AccountRecords.Grain("a"), state));

        Assert.Equal(seen, refused.CurrentEtag);
        var now = await behindProxy.ReadAsync("a");
        Assert.Equal((2, refused.StoredEtag), (now.State!.Available, now.ETag));
    }

    [Fact]
    public async Task What_a_lost_connection_was_still_doing_is_ended_before_its_callers_are_told()
    {
        _database.Options.Writers = 1;
        var storage = await _database.StorageAsync();
        await using var proxy = await CuttingProxy.StartAsync(_server.Port);
        var cut = new PostgreSqlGrainStorageOptions { ConnectionString = proxy.Redirect(_database.Options.ConnectionString), Writers = 1 };
        await using var silo = await PostgreSqlDatabase.OpenAsync(cut, TimeProvider.System, NullLogger.Instance);
        var behindProxy = _database.Storage(silo);
        await behindProxy.WriteAsync("warm", 1);

        // The insertion waits on the server when its connection is lost, and the server does not notice.
        await using var gate = await TableGate.CloseAsync(_database);
        var late = behindProxy.WriteAsync("late", 1);
        var backend = Assert.Single(await gate.ReachedAsync());
        proxy.CutClientsOnly();
        await Assert.ThrowsAsync<WriteOutcomeUnknownException>(() => late);
        Assert.Null(await _database.SqlAsync($"SELECT true FROM pg_stat_activity WHERE pid = {backend}"));
        var next = behindProxy.WriteAsync("next", 1);
        await gate.OpenAsync();

        await next;
        Assert.False((await storage.ReadAsync("late")).RecordExists);
    }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_when_the_server_is_killed_under_load_again_and_again()
    {
        const int Actors = 40, Crashes = 4, BetweenCrashes = 400;
        _database.Options.OutagePatience = TimeSpan.FromSeconds(60);
        var silo = await _database.OpenAsync();
        var storage = _database.Storage(silo);
        var acknowledged = new ConcurrentDictionary<string, long>();
        var failures = new ConcurrentBag<Exception>();
        var writes = 0L;
        using var stop = new CancellationTokenSource();
        var actors = Enumerable.Range(0, Actors).Select(actor => Task.Run(() => WriteAsync($"{actor}"))).ToList();

        for (var crash = 1; crash <= Crashes; crash++)
        {
            var target = Volatile.Read(ref writes) + BetweenCrashes;
            await UntilAsync(() => Task.FromResult(Volatile.Read(ref writes) >= target));
            if (crash % 2 == 0) await UntilAsync(() => Task.FromResult(silo.WriterProcessIds.Any(_server.KillBackend)));
            else await KillAndStartAsync();
        }

        var last = Volatile.Read(ref writes) + BetweenCrashes;
        await UntilAsync(() => Task.FromResult(Volatile.Read(ref writes) >= last));
        await stop.CancelAsync();
        await Task.WhenAll(actors);

        Assert.NotEmpty(failures);
        Assert.All(failures, failure => Assert.IsAssignableFrom<PostgreSqlGrainStorageException>(failure));
        Assert.Contains(failures, failure => failure is WriteOutcomeUnknownException);
        var after = await _database.StorageAsync();
        foreach (var (key, value) in acknowledged)
        {
            // One more may have become durable without its acknowledgement; none less, and none twice.
            Assert.InRange((await after.ReadAsync(key)).State!.Available, value, value + 1);
        }

        async Task WriteAsync(string key)
        {
            var state = new GrainState<Account>(new Account());
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    var next = state.State!.Available + 1;
                    state.State = new Account { Available = next };
                    await storage.WriteStateAsync("state", AccountRecords.Grain(key), state);
                    acknowledged[key] = next;
                    Interlocked.Increment(ref writes);
                }
                catch (PostgreSqlGrainStorageException failure)
                {
                    failures.Add(failure);
                    await storage.ReadStateAsync("state", AccountRecords.Grain(key), state);
                    Assert.InRange(state.State!.Available, acknowledged.GetValueOrDefault(key), acknowledged.GetValueOrDefault(key) + 1);
                }
            }
        }

        async Task KillAndStartAsync()
        {
            await _server.KillAsync();
            await _server.StartAgainAsync();
        }
    }

    [Fact]
    public async Task While_the_server_is_away_changes_wait_and_after_the_patience_fail_without_effect()
    {
        _database.Options.OutagePatience = TimeSpan.FromMilliseconds(300);
        var storage = await _database.StorageAsync();
        var state = await storage.WriteAsync("a", 1);
        await _server.KillAsync();

        // The first may have been sent; what follows has not.
        await Assert.ThrowsAnyAsync<PostgreSqlGrainStorageException>(() => storage.WriteStateAsync("state", AccountRecords.Grain("a"), state));
        var definite = await Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => storage.WriteStateAsync("state", AccountRecords.Grain("a"), state));
        Assert.Contains("cannot be reached", definite.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", (await Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => storage.ReadAsync("a"))).Message, StringComparison.Ordinal);

        await _server.StartAgainAsync();
        await storage.WriteStateAsync("state", AccountRecords.Grain("a"), state);
        Assert.Equal(1, (await storage.ReadAsync("a")).State!.Available);
    }

    /// <summary>Closing has two seconds for a database that does not answer, however much waits; connecting alone would take Npgsql's 15 seconds for each batch.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closing_does_not_wait_for_a_server_that_accepts_connections_and_is_silent(bool isAlone)
    {
        await using var proxy = await CuttingProxy.StartAsync(_server.Port);
        var options = new PostgreSqlGrainStorageOptions
        {
            ConnectionString = proxy.Redirect(_database.Options.ConnectionString), Writers = 1, MaxBatchSize = 1, SingleSilo = isAlone, OutagePatience = TimeSpan.FromMinutes(5),
        };
        var silo = await PostgreSqlDatabase.OpenAsync(options, TimeProvider.System, NullLogger.Instance);
        var storage = _database.Storage(silo);
        await storage.WriteAsync("warm", 1);
        proxy.BeSilent();
        proxy.Cut();
        var writes = Enumerable.Range(0, 4).Select(i => storage.WriteAsync($"{i}", i)).ToList();
        var read = storage.ReadAsync("warm");
        await proxy.ReachedInSilence;

        await silo.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        // The first may have been sent on the connection that was cut.
        await Assert.ThrowsAnyAsync<PostgreSqlGrainStorageException>(() => writes[0]);
        foreach (var waiting in writes[1..].Append(read))
            Assert.Contains("while the storage was closing", (await Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => waiting)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_does_not_start_without_its_server_and_says_which_without_the_password()
    {
        await _server.KillAsync();

        var failure = await Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => _database.OpenAsync());

        Assert.Contains($"127.0.0.1:{_server.Port}/test1, schema 'market' could not be opened", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(new NpgsqlConnectionStringBuilder(_database.Options.ConnectionString).Password!, failure.ToString(), StringComparison.Ordinal);
        await _server.StartAgainAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Delay(2);
        }
    }
}
