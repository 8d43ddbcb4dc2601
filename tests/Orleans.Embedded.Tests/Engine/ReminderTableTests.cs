using Orleans.Runtime;
using Orleans.Runtime.Reminders;
using Orleans.Runtime.Scheduling;
using Orleans.Runtime.Storage;
using Orleans.Serialization;
using Orleans.Storage;
using ProvingMarket.Serialization;

namespace Orleans.Engine;

/// <summary>Reminders in a grain storage whose writes fail, and that others write to. All reminders here are in one record.</summary>
public sealed class ReminderTableTests
{
    private static readonly GrainId s_grain = GrainId.Create("grain", "key");

    private readonly ManualScheduler _scheduler = new();
    private readonly FailingStorage _storage = new();
    private readonly GrainStorageReminderTable _table;

    public ReminderTableTests()
    {
        _table = new GrainStorageReminderTable(_storage, _scheduler);
        Assert.Empty(Run(() => Read(_table)));
    }

    [Fact]
    public void A_write_that_took_effect_and_failed_does_not_stop_later_ones()
    {
        _storage.AfterWrite = static () => throw new TimeoutException("The outcome is unknown.");
        Assert.Throws<TimeoutException>(() => Run(() => _table.UpsertAsync(Row("first"))));
        _storage.AfterWrite = null;

        Run(() => _table.UpsertAsync(Row("second")));

        Assert.Equal(["first", "second"], Stored());
    }

    [Fact]
    public void A_write_that_failed_before_it_took_effect_leaves_nothing_behind()
    {
        _storage.BeforeWrite = static () => throw new IOException("The disk is full.");
        Assert.Throws<IOException>(() => Run(() => _table.UpsertAsync(Row("first"))));
        _storage.BeforeWrite = null;

        Run(() => _table.UpsertAsync(Row("second")));

        Assert.Equal(["second"], Stored());
    }

    [Fact]
    public void A_change_is_made_again_on_what_another_has_written()
    {
        Run(() => _table.UpsertAsync(Row("mine")));
        var other = new GrainStorageReminderTable(_storage, _scheduler);
        Run(() => Read(other));
        Run(() => other.UpsertAsync(Row("theirs")));

        Run(() => _table.RemoveAsync(Row("mine")));

        Assert.Equal(["theirs"], Stored());
    }

    [Fact]
    public void Who_is_always_overtaken_is_told_and_may_try_again()
    {
        var other = new GrainStorageReminderTable(_storage, _scheduler);
        var overtaken = 0;
        _storage.BeforeWrite = () =>
        {
            overtaken++;
            throw new InconsistentStateException("The record was changed by another.");
        };

        Assert.Throws<InconsistentStateException>(() => Run(() => _table.UpsertAsync(Row("first"))));
        Assert.Equal(2, overtaken);

        _storage.BeforeWrite = null;
        Run(() => other.UpsertAsync(Row("theirs")));
        Run(() => _table.UpsertAsync(Row("second")));
        Assert.Equal(["second", "theirs"], Stored());
    }

    [Fact]
    public void A_record_that_cannot_be_read_again_fails_the_change_and_not_those_after_it()
    {
        _storage.AfterWrite = static () => throw new TimeoutException("The outcome is unknown.");
        Assert.Throws<TimeoutException>(() => Run(() => _table.UpsertAsync(Row("first"))));
        _storage.AfterWrite = null;
        _storage.BeforeRead = static () => throw new IOException("The storage is away.");
        Assert.Throws<IOException>(() => Run(() => _table.UpsertAsync(Row("second"))));
        _storage.BeforeRead = null;

        Run(() => _table.UpsertAsync(Row("third")));

        Assert.Equal(["first", "third"], Stored());
    }

    private static ReminderRow Row(string name) =>
        new() { GrainId = s_grain.ToString(), Name = name, StartAt = DateTime.UnixEpoch, Period = TimeSpan.FromHours(1), ETag = name };

    private static Task<IReadOnlyList<ReminderRow>> Read(GrainStorageReminderTable table) => table.ReadAllAsync(CancellationToken.None);

    private IEnumerable<string> Stored() => Run(() => Read(new GrainStorageReminderTable(_storage, _scheduler))).Select(row => row.Name).Order(StringComparer.Ordinal);

    private T Run<T>(Func<Task<T>> work)
    {
        T result = default!;
        Run(async () => { result = await work(); });
        return result;
    }

    private void Run(Func<Task> work)
    {
        var running = new ServiceTurns(_scheduler).RunAsync(work);
        _scheduler.RunAll();
        Assert.True(running.IsCompleted, "The work waits for something that does not come on this thread.");
        running.GetAwaiter().GetResult();
    }

    private sealed class FailingStorage : IGrainStorage
    {
        private readonly MemoryGrainStorage _storage = new(new MemoryStore(), new JsonStateSerializer(new NoReferences()));

        public Action? BeforeRead { get; set; }

        public Action? BeforeWrite { get; set; }

        public Action? AfterWrite { get; set; }

        public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            BeforeRead?.Invoke();
            await _storage.ReadStateAsync(stateName, grainId, grainState);
        }

        public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            BeforeWrite?.Invoke();
            await _storage.WriteStateAsync(stateName, grainId, grainState);
            AfterWrite?.Invoke();
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

        private sealed class NoReferences : IReferenceResolver
        {
            public object CreateReference(GrainId grainId, Type interfaceType) => throw new NotSupportedException();
        }
    }
}
