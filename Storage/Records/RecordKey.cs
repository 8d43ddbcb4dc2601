namespace ProvingMarket.Storage.Records;

/// <summary>What many records have in common.</summary>
/// <param name="Storage">The storage's name.</param>
/// <param name="State">The record's name within its grain.</param>
/// <param name="GrainType">The grain type.</param>
public readonly record struct RecordKind(string Storage, string State, GrainType GrainType);

/// <summary>Which record.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="GrainKey">The grain's key.</param>
internal readonly record struct RecordKey(RecordKind Kind, IdSpan GrainKey)
{
    /// <inheritdoc/>
    public override string ToString() => $"'{Kind.State}' of {Kind.GrainType}/{GrainKey} in storage '{Kind.Storage}'";
}
