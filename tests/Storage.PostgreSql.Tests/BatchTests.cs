using Orleans.Storage;
using ProvingMarket.Storage.Contract;

namespace ProvingMarket.Storage.PostgreSql.Tests;

/// <summary>What happens within batches: a gate on the server holds one until others have gathered behind it.</summary>
public sealed class BatchTests : IAsyncLifetime
{
    private Database _database = null!;

    public async Task InitializeAsync()
    {
        _database = await Database.CreateAsync();
        _database.Options.Writers = 1;
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task What_gathers_while_a_round_trip_is_under_way_shares_the_next()
    {
        var silo = await _database.OpenAsync();
        var storage = _database.Storage(silo);
        await storage.WriteAsync("first", 0);
        await using var gate = await TableGate.CloseAsync(_database);
        var before = silo.Metrics.Transactions;
        var held = storage.WriteAsync("held", 1);
        await gate.ReachedAsync();
        var gathered = Enumerable.Range(0, 300).Select(i => storage.WriteAsync($"{i}", i)).ToList();

        await gate.OpenAsync();
        await Task.WhenAll(gathered.Append(held));

        Assert.Equal(2, silo.Metrics.Transactions - before);
    }

    [Fact]
    public async Task What_may_wait_is_bounded_by_bytes_and_who_has_no_room_waits()
    {
        const int RoomForOne = 1024, Waiting = 5;
        _database.Options.MaxPendingBytes = RoomForOne;
        var silo = await _database.OpenAsync();
        var storage = _database.Storage(silo);
        await storage.WriteAsync("first", 0);
        await using var gate = await TableGate.CloseAsync(_database);
        var before = silo.Metrics.Transactions;
        var held = storage.WriteAsync("held", 1);
        await gate.ReachedAsync();
        var large = new string('x', RoomForOne - 200);
        var waiting = Enumerable.Range(0, Waiting).Select(i => storage.WriteStateAsync("state", AccountRecords.Grain($"{i}"), new GrainState<Account>(new Account { Note = large }))).ToList();
        var larger = storage.WriteStateAsync("state", AccountRecords.Grain("larger"), new GrainState<Account>(new Account { Note = new string('x', 3 * RoomForOne) }));

        await gate.OpenAsync();
        await Task.WhenAll([.. waiting, larger, held]);

        // Without a bound those that gathered would share one.
        Assert.Equal(1 + Waiting + 1, silo.Metrics.Transactions - before);
    }

    [Fact]
    public async Task A_conflict_fails_alone_with_both_versions_and_its_neighbours_are_written()
    {
        var storage = await _database.StorageAsync();
        var stored = new List<GrainState<Account>>();
        for (var i = 0; i < 20; i++) stored.Add(await storage.WriteAsync($"{i}", i));
        var stale = stored[7].ETag;
        await storage.WriteStateAsync("state", AccountRecords.Grain("7"), new GrainState<Account>(new Account { Available = 70 }, stale!));
        var (later, gone) = (await storage.ReadAsync("7"), await storage.ReadAsync("8"));
        await storage.ClearStateAsync("state", AccountRecords.Grain("8"), gone);

        await using var gate = await TableGate.CloseAsync(_database);
        var held = storage.WriteAsync("held", 1);
        await gate.ReachedAsync();
        var writes = stored.Select((state, i) =>
        {
            state.State!.Available += 100;
            return i % 5 == 4 ? storage.ClearStateAsync("state", AccountRecords.Grain($"{i}"), state) : storage.WriteStateAsync("state", AccountRecords.Grain($"{i}"), state);
        }).Append(storage.WriteAsync("new", 5)).Append(storage.WriteAsync("1", 5)).ToList();
        await gate.OpenAsync();

        await held;
        var changed = await Assert.ThrowsAsync<InconsistentStateException>(() => writes[7]);
        Assert.Equal((later.ETag, stale), (changed.StoredEtag, changed.CurrentEtag));
        var deleted = await Assert.ThrowsAsync<InconsistentStateException>(() => writes[8]);
        Assert.Null(deleted.StoredEtag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => writes[21]);
        await Task.WhenAll(writes.Where((_, i) => i is not (7 or 8 or 21)));
        for (var i = 0; i < 20; i++)
        {
            var expected = i switch { 7 => 70, 8 => 0, _ when i % 5 == 4 => 0, _ => i + 100 };
            Assert.Equal(expected, (await storage.ReadAsync($"{i}")).State!.Available);
        }

        Assert.Equal(5, (await storage.ReadAsync("new")).State!.Available);
    }

    [Fact]
    public async Task Changes_of_one_record_keep_their_order_and_never_share_a_batch()
    {
        var storage = await _database.StorageAsync();
        await storage.WriteAsync("warm", 0);
        await using var gate = await TableGate.CloseAsync(_database);
        var held = storage.WriteAsync("held", 1);
        await gate.ReachedAsync();

        // Two that both expect nothing: the first wins because it came first, again and again.
        var pairs = Enumerable.Range(0, 50).Select(i => (First: storage.WriteAsync($"{i}", 1), Second: storage.WriteAsync($"{i}", 2))).ToList();
        await gate.OpenAsync();

        await held;
        foreach (var (first, second) in pairs)
        {
            var won = await first;
            var lost = await Assert.ThrowsAsync<InconsistentStateException>(() => second);
            Assert.Equal(won.ETag, lost.StoredEtag);
        }
    }

    [Fact]
    public async Task A_row_that_the_server_refuses_fails_alone()
    {
        var storage = await _database.StorageAsync();
        await storage.WriteAsync("warm", 0);
        await _database.SqlAsync("""
            CREATE FUNCTION poison() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$ LANGUAGE plpgsql;
            CREATE TRIGGER poison BEFORE INSERT ON market.record FOR EACH ROW WHEN (NEW.grain_key = 'poison') EXECUTE FUNCTION poison();
            """);
        await using var gate = await TableGate.CloseAsync(_database);
        var held = storage.WriteAsync("held", 1);
        await gate.ReachedAsync();
        var writes = Enumerable.Range(0, 60).Select(i => storage.WriteAsync($"{i}", i)).ToList();
        var poison = storage.WriteAsync("poison", 1);
        await gate.OpenAsync();

        await Task.WhenAll(writes.Append(held));
        var failure = await Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => poison);
        Assert.Contains("'state' of account/poison in storage 'market' was not written", failure.Message, StringComparison.Ordinal);
        Assert.Contains("poisoned", failure.Message, StringComparison.Ordinal);
        Assert.False((await storage.ReadAsync("poison")).RecordExists);
    }

    [Fact]
    public async Task A_key_too_long_for_the_index_fails_alone()
    {
        var storage = await _database.StorageAsync();
        var random = new Random(1);
        var key = string.Concat(Enumerable.Range(0, 20_000).Select(_ => (char)random.Next('a', 'z')));

        var failure = Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => storage.WriteAsync(key, 1));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => storage.WriteAsync($"{i}", i)));

        Assert.IsNotType<WriteOutcomeUnknownException>(await failure);
    }

    [Fact]
    public async Task Nobody_is_told_of_success_before_the_commit()
    {
        var storage = await _database.StorageAsync();
        await storage.WriteAsync("warm", 0);

        // A deferred trigger fails the commit, after every row has been returned.
        await _database.SqlAsync("""
            CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'refused by the commit'; END $$ LANGUAGE plpgsql;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON market.record DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
            """);

        var failure = await Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => storage.WriteAsync("a", 1));

        Assert.Contains("refused by the commit", failure.Message, StringComparison.Ordinal);
        Assert.IsNotType<WriteOutcomeUnknownException>(failure);
        Assert.False((await storage.ReadAsync("a")).RecordExists);
    }

    [Fact]
    public async Task When_no_more_may_wait_callers_wait_for_their_turn_or_are_cancelled_without_effect()
    {
        _database.Options.MaxPending = 3;
        _database.Options.MaxBatchSize = 2;
        var storage = await _database.StorageAsync();
        await storage.WriteAsync("warm", 0);
        await using var gate = await TableGate.CloseAsync(_database);
        var held = storage.WriteAsync("held", 1);
        await gate.ReachedAsync();
        var waiting = Enumerable.Range(0, 100).Select(i => storage.WriteAsync($"{i}", i)).ToList();
        using var cancelled = new CancellationTokenSource();
        var given = storage.WriteStateAsync("state", AccountRecords.Grain("given up"), new GrainState<Account>(new Account()), cancelled.Token);

        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            storage.WriteStateAsync("state", AccountRecords.Grain("never"), new GrainState<Account>(new Account()), cancelled.Token));
        await gate.OpenAsync();
        await Task.WhenAll(waiting.Append(held));

        Assert.False((await storage.ReadAsync("given up")).RecordExists);
        Assert.False((await storage.ReadAsync("never")).RecordExists);
        Assert.Equal(99, (await storage.ReadAsync("99")).State!.Available);
    }

    [Fact]
    public async Task A_record_over_the_limit_is_refused_and_leaves_the_old_one()
    {
        _database.Options.MaxRecordBytes = 2000;
        var storage = await _database.StorageAsync();
        var state = await storage.WriteAsync("a", 1);
        state.State = new Account { Note = new string('x', 2000) };

        var refusal = await Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => storage.WriteStateAsync("state", AccountRecords.Grain("a"), state));

        Assert.Contains("MaxRecordBytes = 2000", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await storage.ReadAsync("a")).State!.Available);
    }

    [Fact]
    public async Task Closing_finishes_what_was_asked_for_and_refuses_what_comes_after()
    {
        var silo = await _database.OpenAsync();
        var storage = _database.Storage(silo);
        await storage.WriteAsync("warm", 0);
        var writes = Enumerable.Range(0, 200).Select(i => storage.WriteAsync($"{i}", i)).ToList();

        await silo.DisposeAsync();
        await Task.WhenAll(writes);

        Assert.Contains("closed", (await Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => storage.WriteAsync("late", 1))).Message, StringComparison.Ordinal);
        Assert.Contains("closed", (await Assert.ThrowsAsync<PostgreSqlGrainStorageException>(() => storage.ReadAsync("1"))).Message, StringComparison.Ordinal);
        Assert.Equal(199, (await (await _database.StorageAsync()).ReadAsync("199")).State!.Available);
    }

    [Fact]
    public async Task A_caller_whose_scheduler_ends_while_it_waits_holds_nobody_up()
    {
        var storage = await _database.StorageAsync();
        foreach (var state in new[] { "one", "other" })
        {
            // The first change of a kind looks the kind up; its caller hears of nothing any more.
            _ = Task.Factory.StartNew(
                () => storage.WriteStateAsync(state, AccountRecords.Grain("a"), new GrainState<Account>(new Account())), CancellationToken.None, TaskCreationOptions.None, new EndingScheduler());
        }

        await storage.WriteAsync("b", 1).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(1, (await storage.ReadAsync("b")).State!.Available);
    }

    [Fact]
    public async Task Records_are_json_that_sql_can_query()
    {
        var storage = await _database.StorageAsync();
        await storage.WriteAsync("rich", 1000);
        await storage.WriteAsync("poor", 1);
        await storage.WriteAsync("nobody \0", 1);

        Assert.Equal("rich", await _database.SqlAsync("""
            SELECT grain_key FROM market.grain_record WHERE storage = 'market' AND state = 'state' AND grain_type = 'account' AND (data->>'Available')::bigint > 500
            """));
        Assert.Equal(@"nobody \000", await _database.SqlAsync("SELECT grain_key FROM market.grain_record WHERE grain_key LIKE 'nobody%'"));
    }

    [Fact]
    public async Task Commits_wait_for_the_disk_even_where_the_server_would_not()
    {
        await _database.SqlAsync("ALTER ROLE market SET synchronous_commit = off");
        try
        {
            var options = new PostgreSqlGrainStorageOptions { ConnectionString = _database.Options.ConnectionString };
            await using var source = new Connections.PostgreSqlSource(options);
            await using var connection = await source.OpenSharedAsync(CancellationToken.None);
            await using var command = new Npgsql.NpgsqlCommand("SHOW synchronous_commit", connection);
            Assert.Equal("on", await command.ExecuteScalarAsync());
        }
        finally
        {
            await _database.SqlAsync("ALTER ROLE market RESET synchronous_commit");
        }
    }

    /// <summary>Runs one task, and none of those that continue it, as the scheduler of a grain whose silo has died.</summary>
    private sealed class EndingScheduler : TaskScheduler
    {
        private bool _ended;

        protected override IEnumerable<Task> GetScheduledTasks() => [];

        protected override void QueueTask(Task task)
        {
            if (_ended) return;
            _ended = true;
            TryExecuteTask(task);
        }

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;
    }
}
