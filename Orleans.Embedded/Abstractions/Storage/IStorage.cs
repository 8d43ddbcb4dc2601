namespace Orleans.Core;

/// <summary>A stored record.</summary>
public interface IStorage
{
    /// <summary>Gets the version of the record as last read or written; null when there is none.</summary>
    string? Etag { get; }

    /// <summary>Gets whether the record existed when it was last read or written.</summary>
    bool RecordExists { get; }

    /// <summary>Deletes the record and resets the state to its default.</summary>
    /// <returns>A task that ends once the deletion is durable.</returns>
    Task ClearStateAsync();

    /// <summary>Writes the record, if it has not been changed by another since it was read.</summary>
    /// <returns>A task that ends once the record is durable.</returns>
    Task WriteStateAsync();

    /// <summary>Reads the record again; changes that were not written are lost.</summary>
    /// <returns>A task.</returns>
    Task ReadStateAsync();

    /// <inheritdoc cref="ClearStateAsync()"/>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

    /// <inheritdoc cref="WriteStateAsync()"/>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

    /// <inheritdoc cref="ReadStateAsync()"/>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
}

/// <summary>A stored record with its content.</summary>
/// <typeparam name="TState">The type of the content.</typeparam>
public interface IStorage<TState> : IStorage
{
    /// <summary>Gets or sets the content. Changes are kept only by writing.</summary>
    TState State { get; set; }
}
