using Orleans.Hosting;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Reminders;

/// <summary>
/// Reminds grains. All reminders are in memory, in the order they are due, and one timer is set to the first. Ticks are due at the first tick plus
/// multiples of the period; those missed while the silo was down are made up by one as soon as it is up again. The waiting does not depend on the time of day: when that is set
/// back, ticks go on, a period after each other.
/// </summary>
internal sealed class ReminderService : IReminderRegistry
{
    private readonly Silo _silo;
    private readonly IReminderTable? _table;
    private readonly ReminderOptions _options;
    private readonly ServiceTurns _turns;
    private readonly ITimer _timer;
    private readonly Dictionary<(GrainId Grain, string Name), Reminder> _reminders = [];
    private readonly SortedSet<Reminder> _due = new(Comparer<Reminder>.Create(static (one, other) => one.At.CompareTo(other.At)));
    private readonly long _start;
    private long _order;
    private bool _isRunning;

    /// <summary>Initializes the reminders of a silo.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="table">Where they are kept; null when the silo has none.</param>
    /// <param name="options">Their limits.</param>
    internal ReminderService(Silo silo, IReminderTable? table, ReminderOptions options)
    {
        _silo = silo;
        _table = table;
        _options = options;
        _turns = new ServiceTurns(silo.Scheduler);
        _start = silo.Clock.GetTimestamp();
        _timer = silo.Clock.CreateStoppedTimer(static state => ((ReminderService)state!).OnTimer(), this);
    }

    /// <summary>Gets the number of ticks that are waited for.</summary>
    internal int WaitingCount => _due.Count;

    private DateTime Now => _silo.Clock.GetUtcNow().UtcDateTime;

    private TimeSpan Elapsed => _silo.Clock.GetElapsedTime(_start);

    /// <inheritdoc/>
    public async Task<IGrainReminder> RegisterOrUpdateAsync(GrainId grainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        var table = Table();
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period, TimeSpan.Zero);
        if (period < _options.MinimumReminderPeriod)
            throw new ArgumentException($"The period {period} of reminder '{reminderName}' is less than the minimum {nameof(ReminderOptions.MinimumReminderPeriod)} = {_options.MinimumReminderPeriod}.", nameof(period));

        Reminder? registered = null;
        await _turns.RunAsync(async () =>
        {
            var row = new ReminderRow { GrainId = grainId.ToString(), Name = reminderName, StartAt = Now + dueTime, Period = period, ETag = $"{Now.Ticks:x}-{++_order:x}" };
            await table.UpsertAsync(row);
            registered = new Reminder(grainId, row);
            if (_reminders.Remove(registered.Key, out var earlier)) _due.Remove(earlier);
            _reminders[registered.Key] = registered;
            Schedule(registered, row.StartAt);
        });
        return registered!;
    }

    /// <inheritdoc/>
    public async Task UnregisterAsync(GrainId grainId, IGrainReminder reminder)
    {
        var table = Table();
        if (reminder is not Reminder registered || registered.GrainId != grainId) throw new ArgumentException($"The reminder is not one of {grainId}.", nameof(reminder));

        await _turns.RunAsync(async () =>
        {
            if (!_reminders.TryGetValue(registered.Key, out var current)) return;
            if (current.Row.ETag != registered.Row.ETag) throw new ReminderException($"The reminder '{registered.ReminderName}' of {grainId} was registered anew; it is not removed.");

            await table.RemoveAsync(current.Row);
            if (!IsCurrent(current)) return;

            _reminders.Remove(registered.Key);
            _due.Remove(current);
            SetTimer();
        });
    }

    /// <inheritdoc/>
    public async Task<IGrainReminder?> GetAsync(GrainId grainId, string reminderName)
    {
        Table();
        Reminder? found = null;
        await _turns.RunAsync(() =>
        {
            found = _reminders.GetValueOrDefault((grainId, reminderName));
            return Task.CompletedTask;
        });
        return found;
    }

    /// <inheritdoc/>
    public async Task<List<IGrainReminder>> GetAllAsync(GrainId grainId)
    {
        Table();
        List<IGrainReminder> found = [];
        await _turns.RunAsync(() =>
        {
            found.AddRange(_reminders.Values.Where(reminder => reminder.GrainId == grainId).OrderBy(reminder => reminder.ReminderName, StringComparer.Ordinal));
            return Task.CompletedTask;
        });
        return found;
    }

    /// <summary>Reads the reminders and starts to tick.</summary>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>A task.</returns>
    internal Task StartAsync(CancellationToken cancellationToken) => _table is null ? Task.CompletedTask : _turns.RunAsync(async () =>
    {
        foreach (var row in await _table.ReadAllAsync(cancellationToken))
        {
            var reminder = new Reminder(GrainId.Parse(row.GrainId), row);
            _reminders[reminder.Key] = reminder;
            Enqueue(reminder, row.StartAt < Now ? Now : row.StartAt);
        }

        _isRunning = true;
        SetTimer();
    });

    /// <summary>Stops to tick.</summary>
    /// <returns>A task.</returns>
    internal Task StopAsync() => _turns.RunAsync(() =>
    {
        Halt();
        return Task.CompletedTask;
    });

    /// <summary>Stops to tick, at once.</summary>
    internal void Halt()
    {
        _isRunning = false;
        _timer.Dispose();
    }

    private IReminderTable Table() => _table
        ?? throw new InvalidOperationException("The silo keeps no reminders: configure them with UseInMemoryReminderService or in a grain storage.");

    private void OnTimer() => _ = _turns.RunAsync(() =>
    {
        while (_isRunning && _due.Min is { } reminder && reminder.At.Due <= Elapsed)
        {
            _due.Remove(reminder);

            // A clock that runs late is waited for; one that was set back by more than a period is not.
            if (reminder.Tick > Now && reminder.Tick - Now <= reminder.Row.Period) Enqueue(reminder, reminder.Tick);
            else _ = TickAsync(reminder);
        }

        SetTimer();
        return Task.CompletedTask;
    });

    private async Task TickAsync(Reminder reminder)
    {
        try
        {
            var grain = (IRemindable)(object)_silo.Caller.CreateReference(reminder.GrainId, typeof(IRemindable));
            await grain.ReceiveReminder(reminder.ReminderName, new TickStatus(reminder.Row.StartAt, reminder.Row.Period, Now));
        }
        catch (Exception error)
        {
            _silo.LogReminderFailed(reminder.GrainId, reminder.ReminderName, error);
        }

        if (_isRunning && IsCurrent(reminder)) Schedule(reminder, NextTick(reminder.Row, Now));
    }

    // Before the start only if the clock was set back.
    private static DateTime NextTick(ReminderRow row, DateTime now) =>
        row.StartAt > now ? (row.StartAt - now < row.Period ? row.StartAt : now + row.Period) : row.StartAt + ((((now - row.StartAt).Ticks / row.Period.Ticks) + 1) * row.Period);

    private bool IsCurrent(Reminder reminder) => ReferenceEquals(_reminders.GetValueOrDefault(reminder.Key), reminder);

    private void Schedule(Reminder reminder, DateTime tick)
    {
        Enqueue(reminder, tick);
        SetTimer();
    }

    private void Enqueue(Reminder reminder, DateTime tick)
    {
        reminder.Tick = tick;
        reminder.At = (Elapsed + (tick - Now), ++_order);
        _due.Add(reminder);
    }

    private void SetTimer()
    {
        if (!_isRunning || _due.Min is not { } first) return;

        // The clock's timers do not reach for ever; a long wait is cut into pieces.
        var wait = first.At.Due - Elapsed;
        _timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait > ContextFreeTimers.Longest ? ContextFreeTimers.Longest : wait, Timeout.InfiniteTimeSpan);
    }

    private sealed class Reminder(GrainId grainId, ReminderRow row) : IGrainReminder
    {
        public string ReminderName => row.Name;

        internal GrainId GrainId => grainId;

        internal ReminderRow Row => row;

        internal (GrainId Grain, string Name) Key => (grainId, row.Name);

        // When the next tick is due, by the time of day.
        internal DateTime Tick { get; set; }

        // When it is due, by the time since the start, and which of those due at the same time comes first. Never changed while the reminder is among those that are waited for.
        internal (TimeSpan Due, long Order) At { get; set; }
    }
}
