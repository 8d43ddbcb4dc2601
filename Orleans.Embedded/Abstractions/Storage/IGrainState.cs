namespace Orleans;

/// <summary>A record as it passes between a grain and its storage.</summary>
/// <typeparam name="T">The type of the content.</typeparam>
public interface IGrainState<T>
{
    /// <summary>Gets or sets the content.</summary>
    T? State { get; set; }

    /// <summary>Gets or sets the version; null when there is no record.</summary>
    string? ETag { get; set; }

    /// <summary>Gets or sets a value indicating whether the record exists.</summary>
    bool RecordExists { get; set; }
}

/// <summary>A record as it passes between a grain and its storage.</summary>
/// <typeparam name="T">The type of the content.</typeparam>
[GenerateSerializer]
public sealed class GrainState<T> : IGrainState<T>
{
    /// <summary>Initializes an empty record.</summary>
    public GrainState()
    {
    }

    /// <summary>Initializes a record without a version.</summary>
    /// <param name="state">The content.</param>
    public GrainState(T? state) : this(state, null)
    {
    }

    /// <summary>Initializes a record.</summary>
    /// <param name="state">The content.</param>
    /// <param name="eTag">The version.</param>
    public GrainState(T? state, string? eTag)
    {
        State = state;
        ETag = eTag;
    }

    /// <inheritdoc/>
    [Id(0)]
    public T? State { get; set; }

    /// <inheritdoc/>
    [Id(1)]
    public string? ETag { get; set; }

    /// <inheritdoc/>
    [Id(2)]
    public bool RecordExists { get; set; }
}
