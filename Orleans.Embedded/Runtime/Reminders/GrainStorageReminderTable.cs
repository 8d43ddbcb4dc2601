using System.Globalization;
using Orleans.Runtime.Scheduling;
using Orleans.Storage;

namespace Orleans.Runtime.Reminders;

/// <summary>
/// Keeps reminders in a grain storage, whatever it is: a fixed number of records, each with the reminders of many grains. Changes to one record
/// that arrive while it is written share the next write.
/// </summary>
internal sealed class GrainStorageReminderTable : IReminderTable
{
    private const int BucketCount = 64;
    private readonly Bucket[] _buckets;

    /// <summary>Initializes a table.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="scheduler">Where the table works.</param>
    internal GrainStorageReminderTable(IGrainStorage storage, IWorkScheduler scheduler) =>
        _buckets = [.. Enumerable.Range(0, BucketCount).Select(i => new Bucket(i, storage, scheduler))];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReminderRow>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var rows = new List<ReminderRow>();
        foreach (var read in _buckets.Select(bucket => bucket.ReadAsync(cancellationToken)).ToList()) rows.AddRange(await read);
        return rows;
    }

    /// <inheritdoc/>
    public Task UpsertAsync(ReminderRow row) => BucketOf(row.GrainId).ChangeAsync(rows => rows[(row.GrainId, row.Name)] = row);

    /// <inheritdoc/>
    public Task RemoveAsync(ReminderRow row) => BucketOf(row.GrainId).ChangeAsync(rows =>
    {
        if (rows.GetValueOrDefault((row.GrainId, row.Name))?.ETag == row.ETag) rows.Remove((row.GrainId, row.Name));
    });

    private Bucket BucketOf(string grainId) => _buckets[(uint)IdSpan.Create(grainId).GetHashCode() % BucketCount];

    private sealed class Bucket(int index, IGrainStorage storage, IWorkScheduler scheduler)
    {
        private readonly GrainId _id = GrainId.Create("sys.reminders", index.ToString(CultureInfo.InvariantCulture));
        private readonly ServiceTurns _turns = new(scheduler);
        private readonly List<(Action<Dictionary<(string, string), ReminderRow>> Change, TaskCompletionSource Done)> _changes = [];

        // As stored; null when that is not known: before the first reading, and after a write failed.
        private GrainState<ReminderRows>? _state;
        private bool _isWriting;

        internal async Task<IReadOnlyList<ReminderRow>> ReadAsync(CancellationToken cancellationToken)
        {
            IReadOnlyList<ReminderRow> rows = [];
            await _turns.RunAsync(async () => rows = (await LoadAsync(cancellationToken)).State!.Rows);
            return rows;
        }

        internal Task ChangeAsync(Action<Dictionary<(string, string), ReminderRow>> change)
        {
            var done = new TaskCompletionSource();
            _ = _turns.RunAsync(() =>
            {
                _changes.Add((change, done));
                return _isWriting ? Task.CompletedTask : WriteAsync();
            });
            return done.Task;
        }

        private async Task<GrainState<ReminderRows>> LoadAsync(CancellationToken cancellationToken)
        {
            var state = new GrainState<ReminderRows>(new ReminderRows());
            await storage.ReadStateAsync("reminders", _id, state, cancellationToken);
            state.State ??= new ReminderRows();
            return _state = state;
        }

        private async Task WriteAsync()
        {
            _isWriting = true;
            while (_changes.Count > 0)
            {
                var batch = _changes.ToArray();
                _changes.Clear();
                try
                {
                    await ApplyAsync(batch.Select(item => item.Change));
                    foreach (var (_, done) in batch) done.SetResult();
                }
                catch (Exception error)
                {
                    foreach (var (_, done) in batch) done.SetException(error);
                }
            }

            _isWriting = false;
        }

        private async Task ApplyAsync(IEnumerable<Action<Dictionary<(string, string), ReminderRow>>> changes)
        {
            try
            {
                await ApplyOnceAsync(changes);
            }
            catch (InconsistentStateException)
            {
                // Another has written, so nothing was changed: the same once more, on what is stored now.
                await ApplyOnceAsync(changes);
            }
        }

        private async Task ApplyOnceAsync(IEnumerable<Action<Dictionary<(string, string), ReminderRow>>> changes)
        {
            var stored = _state ?? await LoadAsync(CancellationToken.None);
            var rows = stored.State!.Rows.ToDictionary(row => (row.GrainId, row.Name));
            foreach (var change in changes) change(rows);
            var next = new GrainState<ReminderRows>(new ReminderRows { Rows = [.. rows.Values] }, stored.ETag) { RecordExists = stored.RecordExists };
            try
            {
                await storage.WriteStateAsync("reminders", _id, next);
                _state = next;
            }
            catch
            {
                // Whether it was written is not always known.
                _state = null;
                throw;
            }
        }
    }
}

/// <summary>The reminders in one record.</summary>
[GenerateSerializer]
internal sealed class ReminderRows
{
    /// <summary>Gets or sets the reminders.</summary>
    [Id(0)]
    public List<ReminderRow> Rows { get; set; } = [];
}
