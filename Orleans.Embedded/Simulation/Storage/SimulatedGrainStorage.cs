using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Simulation.Storage;

/// <summary>A grain storage on the simulated disk, of one life of the silo. Records go through the form in which real storages keep them.</summary>
/// <param name="name">The storage's name.</param>
/// <param name="access">The way to the disk.</param>
internal sealed class SimulatedGrainStorage(string name, DiskAccess access) : IGrainStorage
{
    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        access.Begin(new RecordRead<T>(access, (name, stateName, grainId), grainState, access.Reader!));

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        RecordContent content;
        try
        {
            content = RecordContent.Of(grainState.State);
        }
        catch (Exception error)
        {
            return Task.FromException(error);
        }

        return access.Begin(new RecordWrite<T>(access, (name, stateName, grainId), grainState, content));
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        access.Begin(new RecordWrite<T>(access, (name, stateName, grainId), grainState, null));
}
