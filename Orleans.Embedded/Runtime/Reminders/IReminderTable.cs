namespace Orleans.Runtime.Reminders;

/// <summary>Keeps reminders.</summary>
internal interface IReminderTable
{
    /// <summary>Reads all reminders.</summary>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The reminders.</returns>
    Task<IReadOnlyList<ReminderRow>> ReadAllAsync(CancellationToken cancellationToken);

    /// <summary>Adds a reminder or replaces the one of the same grain and name.</summary>
    /// <param name="row">The reminder.</param>
    /// <returns>A task that ends once it is durable.</returns>
    Task UpsertAsync(ReminderRow row);

    /// <summary>Removes a reminder, if it is there and has not been registered anew.</summary>
    /// <param name="row">The reminder.</param>
    /// <returns>A task that ends once the removal is durable.</returns>
    Task RemoveAsync(ReminderRow row);
}

/// <summary>A reminder as it is kept.</summary>
[GenerateSerializer, Immutable]
internal sealed record ReminderRow
{
    /// <summary>Gets the grain's identity.</summary>
    [Id(0)]
    public required string GrainId { get; init; }

    /// <summary>Gets the reminder's name.</summary>
    [Id(1)]
    public required string Name { get; init; }

    /// <summary>Gets when the first tick is due (UTC).</summary>
    [Id(2)]
    public required DateTime StartAt { get; init; }

    /// <summary>Gets the time between ticks.</summary>
    [Id(3)]
    public required TimeSpan Period { get; init; }

    /// <summary>Gets what tells this registration from an earlier one of the same name.</summary>
    [Id(4)]
    public required string ETag { get; init; }
}
