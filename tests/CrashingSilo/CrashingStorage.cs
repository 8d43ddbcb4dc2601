using System.Diagnostics;
using Orleans.Storage;

namespace ProvingMarket.CrashingSilo;

/// <summary>Kills its own process with SIGKILL as soon as the n-th write is durable, or has its place where grains do not wait for the disk, before anybody is told. Reports every write, so a
/// run without a crash tells how many there are.</summary>
internal sealed class CrashingStorage(IGrainStorage inner, int crashAtWrite) : IGrainStorage
{
    private int _writes;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await inner.WriteStateAsync(stateName, grainId, grainState);
        await CountAsync(stateName, grainId);
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await inner.ClearStateAsync(stateName, grainId, grainState);
        await CountAsync(stateName, grainId);
    }

    private async Task CountAsync(string stateName, GrainId grainId)
    {
        var write = Interlocked.Increment(ref _writes);
        Console.WriteLine($"write {write} {stateName} {grainId}");
        if (crashAtWrite == 0 || write < crashAtWrite) return;
        Process.GetCurrentProcess().Kill();
        await new TaskCompletionSource().Task; // nobody is told any more
    }
}
