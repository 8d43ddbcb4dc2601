using Orleans.Storage;
using ProvingMarket.TestKit.Cluster;

namespace ProvingMarket.TestKit.Storage;

/// <summary>One silo's access to the disk. Once the silo has crashed or was killed, nothing it does reaches the disk any more.</summary>
internal sealed class DiskStorage(MarketDisk disk, StorageFaults faults, IRecordCodec codec, ActivityMeter meter, TimeProvider time, Incarnation silo) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        using var activity = meter.Begin();
        await PassAsync(stateName, grainId, reading: true);
        if (faults.TakeUnreadable(stateName)) throw new IOException($"{stateName} of {grainId} cannot be read just now");
        if (disk.Database is { } database)
        {
            await database.Storage.ReadStateAsync(stateName, grainId, grainState);
            return;
        }
        var entry = disk.Find(stateName, grainId);
        grainState.RecordExists = entry is not null;
        grainState.ETag = entry?.ETag;
        grainState.State = entry is not null ? codec.Decode<T>(entry.Bytes) : NewState<T>();
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => ChangeAsync(
        stateName, grainId, grainState, async () => (await PutAsync(stateName, grainId, grainState.State!, grainState.ETag), grainState.State));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => ChangeAsync(
        stateName, grainId, grainState, async () =>
        {
            await RemoveAsync(stateName, grainId, grainState);
            return (null, NewState<T>());
        });

    /// <summary>One write, or one deletion: what was planned for it goes wrong.</summary>
    private async Task ChangeAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, Func<Task<(string? ETag, T? State)>> change)
    {
        using var activity = meter.Begin();
        await PassAsync(stateName, grainId, reading: false);
        var fault = faults.Next();
        if (fault is StorageFault.CrashBefore) throw Crash();
        if (fault is StorageFault.FailWithReads or StorageFault.FailAfterWithReads) faults.MakeUnreadable(stateName);
        if (fault is StorageFault.FailBefore or StorageFault.FailWithReads) throw Failed();
        if (fault is StorageFault.Slow) await meter.ParkAsync(Task.Delay(StorageFaults.SlowWrite, time));
        if (fault is StorageFault.Conflict) await ConflictAsync(stateName, grainId, grainState);

        silo.ThrowIfDead();
        var (etag, state) = await change();
        if (fault is StorageFault.CrashAfter) throw Crash();
        if (fault is StorageFault.FailAfter or StorageFault.FailAfterWithReads) throw Failed();
        grainState.ETag = etag;
        grainState.RecordExists = etag is not null;
        grainState.State = state!;

        IOException Failed() => new($"{stateName} of {grainId} could not be written, or so it seems");
    }

    // What a provider gives for a record that does not exist; the market never looks at it.
    private static T NewState<T>() => default!;

    private async Task PassAsync(string record, GrainId grain, bool reading)
    {
        // Storage answers later, never on the caller's stack.
        await Task.Yield();
        if (faults.TakeGate(record, grain.Key.ToString()!, reading) is { } gate) await meter.ParkAsync(gate.PassAsync());
        silo.ThrowIfDead();
    }

    /// <summary>Another activation has written meanwhile: the same again, or (for a record not written yet) this very write.</summary>
    private async Task ConflictAsync<T>(string record, GrainId grain, IGrainState<T> state)
    {
        if (state.ETag is null) await PutAsync(record, grain, state.State!, null);
        else if (disk.Database is { } database) await database.TouchAsync<T>(record, grain);
        else disk.Touch(record, grain);
    }

    private async Task<string> PutAsync<T>(string record, GrainId grain, T value, string? etag)
    {
        var bytes = codec.Encode(value);
        if (bytes.Length > disk.MaxRecordBytes) throw new IOException($"{record} of {grain} has {bytes.Length} bytes; {nameof(disk.MaxRecordBytes)} is {disk.MaxRecordBytes}.");
        if (disk.Database is not { } database) return disk.Write(record, grain, value!, bytes, etag);
        var state = new GrainState<T>(value, etag!);
        await database.Storage.WriteStateAsync(record, grain, state);
        disk.Note(record, grain, value);
        return state.ETag!;
    }

    private async Task RemoveAsync<T>(string record, GrainId grain, IGrainState<T> state)
    {
        if (disk.Database is { } database)
        {
            await database.Storage.ClearStateAsync(record, grain, new GrainState<T>(state.State!, state.ETag!) { RecordExists = state.RecordExists });
            disk.Note(record, grain, null);
        }
        else
        {
            disk.Clear(record, grain, state.ETag);
        }
    }

    private IOException Crash()
    {
        silo.Die();
        faults.NoteCrash();
        return new IOException("The silo has crashed.");
    }
}

/// <summary>One life of a silo.</summary>
internal sealed class Incarnation : IDisposable
{
    private readonly CancellationTokenSource _death = new();

    /// <summary>Cancelled when it dies.</summary>
    public CancellationToken Dead => _death.Token;

    public void Die() => _death.Cancel();

    public void Dispose() => _death.Dispose();

    public void ThrowIfDead()
    {
        if (_death.IsCancellationRequested) throw new IOException("The silo is dead.");
    }
}
