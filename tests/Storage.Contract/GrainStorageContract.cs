using System.Globalization;
using Orleans.Storage;

namespace ProvingMarket.Storage.Contract;

/// <summary>What every storage does, whatever it keeps records in. A storage's tests derive from this and say how to open it.</summary>
public abstract class GrainStorageContract
{
    /// <summary>Gets a storage over the same records.</summary>
    /// <param name="name">The storage's name.</param>
    protected abstract Task<IGrainStorage> OpenAsync(string name = "market");

    [Fact]
    public async Task A_record_is_written_read_changed_and_deleted()
    {
        var storage = await OpenAsync();
        var written = new GrainState<Account>(new Account { Available = 5 });

        await storage.WriteStateAsync("state", AccountRecords.Grain("a"), written);
        var first = written.ETag;
        written.State!.Available = 6;
        await storage.WriteStateAsync("state", AccountRecords.Grain("a"), written);
        var read = await storage.ReadAsync("a");

        Assert.Equal((6, true), (read.State!.Available, read.RecordExists));
        Assert.Equal(written.ETag, read.ETag);
        Assert.False(first == read.ETag);

        await storage.ClearStateAsync("state", AccountRecords.Grain("a"), read);
        Assert.Equal((0, false, null), (read.State!.Available, read.RecordExists, read.ETag));
        Assert.False((await storage.ReadAsync("a")).RecordExists);
    }

    [Fact]
    public async Task A_record_that_does_not_exist_is_read_as_new()
    {
        var state = new GrainState<Account>(new Account { Available = 9 }, "old") { RecordExists = true };

        await (await OpenAsync()).ReadStateAsync("state", AccountRecords.Grain("nobody"), state);

        Assert.Equal((0, false, null), (state.State!.Available, state.RecordExists, state.ETag));
    }

    [Theory]
    [InlineData("write without having read", null, false)]
    [InlineData("write at an old version", "1", false)]
    [InlineData("write at something that is no version", "abc", false)]
    [InlineData("clear without having read", null, true)]
    [InlineData("clear at an old version", "1", true)]
    public async Task A_version_that_is_not_the_stored_one_is_a_conflict_and_changes_nothing(string what, string? etag, bool clear)
    {
        var storage = await OpenAsync();
        await storage.WriteAsync("other", 0);
        var stored = await storage.WriteAsync("a", 1);

        var mine = new GrainState<Account>(new Account { Available = 2 }, etag!);
        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() =>
            clear ? storage.ClearStateAsync("state", AccountRecords.Grain("a"), mine) : storage.WriteStateAsync("state", AccountRecords.Grain("a"), mine));

        Assert.True((stored.ETag, etag) == (conflict.StoredEtag, conflict.CurrentEtag), what);
        Assert.Equal(etag, mine.ETag);
        Assert.Equal(1, (await storage.ReadAsync("a")).State!.Available);
    }

    [Fact]
    public async Task A_record_that_was_deleted_meanwhile_is_a_conflict()
    {
        var storage = await OpenAsync();
        var mine = await storage.WriteAsync("a", 1);
        var version = mine.ETag;
        await storage.ClearStateAsync("state", AccountRecords.Grain("a"), await storage.ReadAsync("a"));

        foreach (var attempt in new[] { () => storage.WriteStateAsync("state", AccountRecords.Grain("a"), mine), () => storage.ClearStateAsync("state", AccountRecords.Grain("a"), mine) })
        {
            var conflict = await Assert.ThrowsAsync<InconsistentStateException>(attempt);
            Assert.Equal((null, version), (conflict.StoredEtag, conflict.CurrentEtag));
        }

        Assert.False((await storage.ReadAsync("a")).RecordExists);
    }

    [Fact]
    public async Task Clearing_nothing_is_no_conflict() => await (await OpenAsync()).ClearStateAsync("state", AccountRecords.Grain("a"), new GrainState<Account>());

    [Fact]
    public async Task A_version_from_before_a_deletion_never_fits_again()
    {
        var storage = await OpenAsync();
        var old = await storage.WriteAsync("a", 1);
        var stale = new GrainState<Account>(old.State!, old.ETag!);
        await storage.ClearStateAsync("state", AccountRecords.Grain("a"), old);

        for (var i = 0; i < 3; i++)
        {
            storage = await OpenAsync();
            var again = await storage.WriteAsync("a", 2);
            await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", AccountRecords.Grain("a"), stale));
            await storage.ClearStateAsync("state", AccountRecords.Grain("a"), again);
        }
    }

    [Fact]
    public async Task Storages_states_and_grains_are_kept_apart()
    {
        var (one, other) = (await OpenAsync("one"), await OpenAsync("other"));
        await one.WriteAsync("a", 1);
        await other.WriteAsync("a", 2);
        await one.WriteAsync("b", 3);
        await one.WriteStateAsync("second", AccountRecords.Grain("a"), new GrainState<Account>(new Account { Available = 4 }));
        await one.WriteStateAsync("state", GrainId.Create("other", "a"), new GrainState<Account>(new Account { Available = 5 }));

        Assert.Equal(1, (await one.ReadAsync("a")).State!.Available);
        Assert.Equal(2, (await other.ReadAsync("a")).State!.Available);
        Assert.Equal(3, (await one.ReadAsync("b")).State!.Available);
        Assert.False((await other.ReadAsync("b")).RecordExists);
    }

    [Theory]
    [InlineData("'; DROP TABLE record; --")]
    [InlineData("\"quoted\" \\ back\\slash {0} $1 %s")]
    [InlineData("NUL \0 in the middle, and at the end \0")]
    [InlineData("newline\n, tab\t, return\r, bell\a")]
    [InlineData("Ünïcödé 証明 🂡 \u202e right to left")]
    public async Task Keys_and_contents_may_hold_any_character(string text)
    {
        var storage = await OpenAsync();
        await storage.WriteStateAsync("state", AccountRecords.Grain(text), new GrainState<Account>(new Account { Available = 1, Note = text }));
        await storage.WriteAsync(text + text, 2);

        var read = await storage.ReadAsync(text);

        Assert.Equal((1, text), (read.State!.Available, read.State.Note));
        await storage.ClearStateAsync("state", AccountRecords.Grain(text), read);
        Assert.False((await storage.ReadAsync(text)).RecordExists);
        Assert.Equal(2, (await storage.ReadAsync(text + text)).State!.Available);
    }

    [Fact]
    public async Task Keys_that_differ_only_in_a_character_that_looks_alike_are_different()
    {
        var storage = await OpenAsync();
        string[] keys = ["a", "A", "a ", " a", "á", "a\u0301", "а", "a\0"];
        for (var i = 0; i < keys.Length; i++) await storage.WriteAsync(keys[i], i);
        for (var i = 0; i < keys.Length; i++) Assert.Equal(i, (await storage.ReadAsync(keys[i])).State!.Available);
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(7 << 20)]
    public async Task Large_states_come_back_whole(int length)
    {
        var storage = await OpenAsync();
        var random = new Random(length);
        var note = string.Create(length, random, (text, source) =>
        {
            foreach (ref var character in text) character = (char)source.Next(' ', '~');
        });
        note = note.Replace('"', '_').Replace('\\', '_');
        var small = storage.WriteAsync("small", 1);
        var state = new GrainState<Account>(new Account { Note = note });

        await Task.WhenAll(small, storage.WriteStateAsync("state", AccountRecords.Grain("large"), state));
        state.State!.Available = 2;
        await storage.WriteStateAsync("state", AccountRecords.Grain("large"), state);

        var read = (await storage.ReadAsync("large")).State!;
        Assert.Equal(2, read.Available);
        Assert.True(note == read.Note, "the text differs");
    }

    [Fact]
    public async Task Of_writers_that_race_for_one_version_exactly_one_wins()
    {
        var storage = await OpenAsync();
        var start = await storage.WriteAsync("a", 0);

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 50).Select(async i =>
        {
            try
            {
                await storage.WriteStateAsync("state", AccountRecords.Grain("a"), new GrainState<Account>(new Account { Available = i }, start.ETag!));
                return i;
            }
            catch (InconsistentStateException)
            {
                return 0;
            }
        }));

        Assert.Equal(outcomes.Sum(), (await storage.ReadAsync("a")).State!.Available);
        Assert.Single(outcomes, outcome => outcome != 0);
    }

    [Fact]
    public async Task Ten_thousand_writes_from_64_tasks_are_each_read_back()
    {
        const int Writers = 64, Each = 157;
        var storage = await OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var key = writer.ToString(CultureInfo.InvariantCulture);
            var state = new GrainState<Account>(new Account());
            for (var i = 1; i <= Each; i++)
            {
                state.State!.Available = i;
                await storage.WriteStateAsync("state", AccountRecords.Grain(key), state);
                Assert.Equal(i, (await storage.ReadAsync(key)).State!.Available);
            }
        })));

        storage = await OpenAsync();
        for (var writer = 0; writer < Writers; writer++) Assert.Equal(Each, (await storage.ReadAsync(writer.ToString(CultureInfo.InvariantCulture))).State!.Available);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_operations_of_many_on_few_records_do_what_the_model_says(int seed)
    {
        var storage = await OpenAsync();
        var model = new StorageModel(keys: 5);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(actor => Task.Run(() => model.ActAsync(storage, new Random((seed * 100) + actor), operations: 150))));

        await model.CheckAsync(await OpenAsync());
    }
}
