using Orleans.Runtime.Reminders;

namespace Orleans.Simulation.Storage;

/// <summary>The reminders on the simulated disk.</summary>
/// <param name="access">The way to the disk.</param>
internal sealed class SimulatedReminderTable(DiskAccess access) : IReminderTable
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReminderRow>> ReadAllAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ReminderRow> rows = [];
        await access.Begin(new Operation(access, "read the reminders", isWrite: false, disk => rows = disk.ReminderRows));
        return rows;
    }

    /// <inheritdoc/>
    public Task UpsertAsync(ReminderRow row) =>
        access.Begin(new Operation(access, $"write the reminder '{row.Name}' of {row.GrainId}", isWrite: true, disk => disk.Upsert(row)));

    /// <inheritdoc/>
    public Task RemoveAsync(ReminderRow row) =>
        access.Begin(new Operation(access, $"remove the reminder '{row.Name}' of {row.GrainId}", isWrite: true, disk => disk.Remove(row)));

    private sealed class Operation(DiskAccess access, string name, bool isWrite, Action<SimulatedDisk> effect) : DiskOperation(access)
    {
        internal override bool IsWrite => isWrite;

        internal override void TakeEffect() => effect(Disk);

        public override string ToString() => name;
    }
}
