using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>Keeps the records of grains. Registered as a keyed service under the storage's name.</summary>
public interface IGrainStorage
{
    /// <summary>Reads a record, or resets it when there is none.</summary>
    /// <typeparam name="T">The type of the content.</typeparam>
    /// <param name="stateName">The record's name within the grain.</param>
    /// <param name="grainId">The grain.</param>
    /// <param name="grainState">Receives content, version and existence.</param>
    /// <returns>A task.</returns>
    Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <inheritdoc cref="ReadStateAsync{T}(string, GrainId, IGrainState{T})"/>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        ReadStateAsync(stateName, grainId, grainState);

    /// <summary>Writes a record if its stored version is still the given one.</summary>
    /// <typeparam name="T">The type of the content.</typeparam>
    /// <param name="stateName">The record's name within the grain.</param>
    /// <param name="grainId">The grain.</param>
    /// <param name="grainState">The content and the version it was read at; receives the new version.</param>
    /// <returns>A task that ends once the record is durable.</returns>
    /// <exception cref="InconsistentStateException">The stored version is another.</exception>
    Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <inheritdoc cref="WriteStateAsync{T}(string, GrainId, IGrainState{T})"/>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        WriteStateAsync(stateName, grainId, grainState);

    /// <summary>Deletes a record if its stored version is still the given one.</summary>
    /// <typeparam name="T">The type of the content.</typeparam>
    /// <param name="stateName">The record's name within the grain.</param>
    /// <param name="grainId">The grain.</param>
    /// <param name="grainState">The version it was read at; reset afterwards.</param>
    /// <returns>A task that ends once the deletion is durable.</returns>
    /// <exception cref="InconsistentStateException">The stored version is another.</exception>
    Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <inheritdoc cref="ClearStateAsync{T}(string, GrainId, IGrainState{T})"/>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        ClearStateAsync(stateName, grainId, grainState);
}
