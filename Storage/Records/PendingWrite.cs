using System.Globalization;
using Orleans.Storage;
using ProvingMarket.Serialization;

namespace ProvingMarket.Storage.Records;

/// <summary>A change of one record that waits for its transaction, and for its caller the task that ends once the change is on the disk.</summary>
/// <param name="key">Which record.</param>
/// <param name="expected">The version the caller had read; null for no record.</param>
/// <param name="data">The content as JSON, owned by this; null to delete the record.</param>
internal class PendingWrite(RecordKey key, string? expected, PooledBuffer? data)
    : TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private string? _version;
    private Exception? _error;

    /// <summary>Gets which record.</summary>
    internal RecordKey Key => key;

    /// <summary>Gets or sets the number of its kind.</summary>
    internal long KindId { get; set; }

    /// <summary>Gets the content, or null to delete the record.</summary>
    internal PooledBuffer? Data => data;

    /// <summary>Gets how many bytes of content it has; 0 when it deletes the record.</summary>
    internal int Size { get; } = data?.Length ?? 0;

    /// <summary>Gets a value indicating whether the caller expects that there is no record.</summary>
    internal bool ExpectsNone => expected is null;

    /// <summary>Gets the version the caller expects; one that no record ever has if the text is not one of ours.</summary>
    internal long ExpectedVersion => long.TryParse(expected, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : -1;

    /// <summary>Gets its place among the changes that nobody waits for, because those they could reach wait instead; 0 for one whose caller waits until it is on the disk.</summary>
    internal long Position { get; private set; }

    /// <summary>Gets a value indicating whether nobody waits for it: it is written in its place or not at all, and nothing after it without it.</summary>
    internal bool IsOrdered => GivenVersion is not null;

    /// <summary>Gets the version it was given before it was written; null when it gets one then.</summary>
    internal long? GivenVersion { get; private set; }

    /// <summary>Gets why it could not be made, once that is known.</summary>
    internal Exception? Error => _error;

    /// <summary>Says that nobody will wait for the change.</summary>
    /// <param name="version">The record's new version.</param>
    internal void WillBeOrdered(long version) => GivenVersion = version;

    /// <summary>Gives the change its place.</summary>
    /// <param name="position">The place, larger than that of any before.</param>
    internal void TakePlace(long position) => Position = position;

    /// <summary>Tells the caller that the change has its place.</summary>
    /// <returns>The record's new version; null when it is deleted.</returns>
    internal string? Ordered()
    {
        var version = data is null ? null : GivenVersion?.ToString(CultureInfo.InvariantCulture);
        OnWritten(version);
        return version;
    }

    /// <summary>Says that the change is part of the transaction. Nobody knows before <see cref="Publish"/>.</summary>
    /// <param name="version">The record's new version; null when it was deleted.</param>
    internal void Applied(long? version) => (_version, _error) = (version?.ToString(CultureInfo.InvariantCulture), null);

    /// <summary>Says that another has changed the record.</summary>
    /// <param name="stored">The version that is stored; null for no record.</param>
    internal void Conflicts(long? stored) => _error = new InconsistentStateException(
        $"The state {key} was changed by another since it was read.", stored?.ToString(CultureInfo.InvariantCulture), expected);

    /// <summary>Says that another has changed the record, and that what it has become could not be found out.</summary>
    internal void ConflictsUnseen() => _error = new InconsistentStateException(
        $"The state {key} was changed by another since it was read; its version now could not be found out.", null, expected);

    /// <summary>Says that the change could not be made.</summary>
    /// <param name="error">Why.</param>
    internal void Fails(Exception error) => _error = error;

    /// <summary>Tells the caller the outcome, and gives the memory back.</summary>
    /// <param name="reuseMemory">False when somebody may still be reading the content.</param>
    internal void Publish(bool reuseMemory = true)
    {
        if (reuseMemory) data?.Dispose();
        if (IsOrdered) return;
        if (_error is { } error)
        {
            TrySetException(error);
            return;
        }

        OnWritten(_version);
        TrySetResult(_version);
    }

    /// <summary>Called before the caller is told: when the change is on the disk, or has its place.</summary>
    /// <param name="version">The record's new version; null when it was deleted.</param>
    private protected virtual void OnWritten(string? version)
    {
    }
}
