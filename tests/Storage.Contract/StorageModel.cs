using System.Collections.Concurrent;
using System.Globalization;
using Orleans.Storage;

namespace ProvingMarket.Storage.Contract;

/// <summary>
/// Checks a storage under many actors that write, clear and read the same few records with versions that may be old. Every acknowledged change is an
/// edge from the version it expected to the one it made; the rule is that no version was left by two changes, and that the edges lead from nothing
/// to what is stored at the end.
/// </summary>
public sealed class StorageModel(int keys)
{
    private const string None = "none";

    private readonly ConcurrentQueue<(string Key, string From, string To, long Value)> _changes = new();
    private long _values;

    /// <summary>One actor: random operations, with what it has seen last.</summary>
    public async Task ActAsync(IGrainStorage storage, Random random, int operations)
    {
        var seen = new GrainState<Account>[keys];
        for (var i = 0; i < keys; i++) seen[i] = new GrainState<Account>(new Account());
        for (var i = 0; i < operations; i++)
        {
            var index = random.Next(keys);
            var (key, state) = (NameOf(index), seen[index]);
            try
            {
                switch (random.Next(10))
                {
                    case < 5: await WriteAsync(storage, key, state); break;
                    case < 6: await ClearAsync(storage, key, state); break;
                    default: await storage.ReadStateAsync("state", AccountRecords.Grain(key), state); break;
                }
            }
            catch (InconsistentStateException conflict)
            {
                Assert.Equal(state.ETag, conflict.CurrentEtag);
                if (random.Next(2) == 0) await storage.ReadStateAsync("state", AccountRecords.Grain(key), state);
            }
        }
    }

    /// <summary>Compares what was acknowledged with what is stored.</summary>
    public async Task CheckAsync(IGrainStorage storage)
    {
        Assert.NotEmpty(_changes);
        for (var i = 0; i < keys; i++)
        {
            var key = NameOf(i);
            var stored = new GrainState<Account>();
            await storage.ReadStateAsync("state", AccountRecords.Grain(key), stored);
            CheckHistory(key, stored.ETag ?? None, stored.State!.Available);
        }
    }

    private static string NameOf(int index) => index.ToString(CultureInfo.InvariantCulture);

    private async Task WriteAsync(IGrainStorage storage, string key, GrainState<Account> state)
    {
        var from = state.ETag ?? None;
        var value = Interlocked.Increment(ref _values);
        state.State = new Account { Available = value };
        await storage.WriteStateAsync("state", AccountRecords.Grain(key), state);
        _changes.Enqueue((key, from, state.ETag!, value));
    }

    private async Task ClearAsync(IGrainStorage storage, string key, GrainState<Account> state)
    {
        var from = state.ETag ?? None;
        await storage.ClearStateAsync("state", AccountRecords.Grain(key), state);
        if (from != None) _changes.Enqueue((key, from, None, 0));
    }

    private void CheckHistory(string key, string stored, long value)
    {
        var changes = _changes.Where(change => change.Key == key).ToList();
        Assert.All(changes.Where(change => change.From != None).GroupBy(change => change.From), same => Assert.Single(same));
        Assert.All(changes.Where(change => change.To != None).GroupBy(change => change.To), same => Assert.Single(same));

        // Every version but the stored one was left by some change; as often as a record began, it ended, unless it is there.
        var made = changes.Where(change => change.To != None).Select(change => change.To).ToHashSet();
        var left = changes.Where(change => change.From != None).Select(change => change.From).ToHashSet();
        Assert.Subset(made, left);
        made.ExceptWith(left);
        Assert.Equal(stored == None ? [] : [stored], made);
        Assert.Equal(changes.LastOrDefault(change => change.To == stored).Value, stored == None ? 0 : value);
        Assert.Equal(changes.Count(change => change.From == None), changes.Count(change => change.To == None) + (stored == None ? 0 : 1));
    }
}
