using Orleans.Runtime;

namespace Orleans
{
    /// <summary>A grain that can be reminded.</summary>
    public interface IRemindable : IGrain
    {
        /// <summary>Called by the engine, activating the grain if need be. May be repeated, and is late after downtime.</summary>
        /// <param name="reminderName">Which reminder.</param>
        /// <param name="status">Which tick.</param>
        /// <returns>A task.</returns>
        Task ReceiveReminder(string reminderName, TickStatus status);
    }

    /// <summary>Durable wake-up calls. Unlike timers they outlive the activation and the process; they are coarse (one minute and more).</summary>
    public static class GrainReminderExtensions
    {
        /// <summary>Registers a reminder or gives an existing one another schedule.</summary>
        /// <param name="grain">The grain to remind; it implements <see cref="IRemindable"/>.</param>
        /// <param name="reminderName">The reminder's name, unique within the grain.</param>
        /// <param name="dueTime">The time until the first tick.</param>
        /// <param name="period">The time between ticks; at least the silo's least period, one minute unless configured otherwise.</param>
        /// <returns>The reminder, once it is durable.</returns>
        public static Task<IGrainReminder> RegisterOrUpdateReminder(this IGrainBase grain, string reminderName, TimeSpan dueTime, TimeSpan period)
        {
            var activation = RuntimeContext.ActivationOf(grain);
            ArgumentException.ThrowIfNullOrWhiteSpace(reminderName);
            if (grain is not IRemindable)
                throw new InvalidOperationException($"Grain {activation.GrainId} must implement {nameof(IRemindable)} to be reminded.");

            return activation.Reminders.RegisterOrUpdateAsync(activation.GrainId, reminderName, dueTime, period);
        }

        /// <inheritdoc cref="RegisterOrUpdateReminder(IGrainBase, string, TimeSpan, TimeSpan)"/>
        public static Task<IGrainReminder> RegisterOrUpdateReminder(this Grain grain, string reminderName, TimeSpan dueTime, TimeSpan period) =>
            RegisterOrUpdateReminder((IGrainBase)grain, reminderName, dueTime, period);

        /// <inheritdoc cref="RegisterOrUpdateReminder(IGrainBase, string, TimeSpan, TimeSpan)"/>
        /// <param name="cancellationToken">Ends the wait; what has already been begun may still become durable.</param>
        public static Task<IGrainReminder> RegisterOrUpdateReminder(
            this IGrainBase grain, string reminderName, TimeSpan dueTime, TimeSpan period, CancellationToken cancellationToken) =>
            WaitAsync(() => RegisterOrUpdateReminder(grain, reminderName, dueTime, period), cancellationToken);

        /// <inheritdoc cref="RegisterOrUpdateReminder(IGrainBase, string, TimeSpan, TimeSpan, CancellationToken)"/>
        public static Task<IGrainReminder> RegisterOrUpdateReminder(
            this Grain grain, string reminderName, TimeSpan dueTime, TimeSpan period, CancellationToken cancellationToken) =>
            RegisterOrUpdateReminder((IGrainBase)grain, reminderName, dueTime, period, cancellationToken);

        /// <summary>Removes a reminder.</summary>
        /// <param name="grain">The grain it belongs to.</param>
        /// <param name="reminder">The reminder.</param>
        /// <returns>A task that ends once the removal is durable.</returns>
        public static Task UnregisterReminder(this IGrainBase grain, IGrainReminder reminder)
        {
            ArgumentNullException.ThrowIfNull(reminder);
            var activation = RuntimeContext.ActivationOf(grain);
            return activation.Reminders.UnregisterAsync(activation.GrainId, reminder);
        }

        /// <inheritdoc cref="UnregisterReminder(IGrainBase, IGrainReminder)"/>
        public static Task UnregisterReminder(this Grain grain, IGrainReminder reminder) => UnregisterReminder((IGrainBase)grain, reminder);

        /// <inheritdoc cref="UnregisterReminder(IGrainBase, IGrainReminder)"/>
        /// <param name="cancellationToken">Ends the wait; what has already been begun may still become durable.</param>
        public static Task UnregisterReminder(this IGrainBase grain, IGrainReminder reminder, CancellationToken cancellationToken) =>
            WaitAsync(() => UnregisterReminder(grain, reminder), cancellationToken);

        /// <inheritdoc cref="UnregisterReminder(IGrainBase, IGrainReminder, CancellationToken)"/>
        public static Task UnregisterReminder(this Grain grain, IGrainReminder reminder, CancellationToken cancellationToken) =>
            UnregisterReminder((IGrainBase)grain, reminder, cancellationToken);

        /// <summary>Finds a reminder of the grain by name.</summary>
        /// <param name="grain">The grain it belongs to.</param>
        /// <param name="reminderName">Its name.</param>
        /// <returns>The reminder, or null.</returns>
        public static Task<IGrainReminder?> GetReminder(this IGrainBase grain, string reminderName)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(reminderName);
            var activation = RuntimeContext.ActivationOf(grain);
            return activation.Reminders.GetAsync(activation.GrainId, reminderName);
        }

        /// <inheritdoc cref="GetReminder(IGrainBase, string)"/>
        public static Task<IGrainReminder?> GetReminder(this Grain grain, string reminderName) => GetReminder((IGrainBase)grain, reminderName);

        /// <inheritdoc cref="GetReminder(IGrainBase, string)"/>
        /// <param name="cancellationToken">Ends the wait.</param>
        public static Task<IGrainReminder?> GetReminder(this IGrainBase grain, string reminderName, CancellationToken cancellationToken) =>
            WaitAsync(() => GetReminder(grain, reminderName), cancellationToken);

        /// <inheritdoc cref="GetReminder(IGrainBase, string, CancellationToken)"/>
        public static Task<IGrainReminder?> GetReminder(this Grain grain, string reminderName, CancellationToken cancellationToken) =>
            GetReminder((IGrainBase)grain, reminderName, cancellationToken);

        /// <summary>Lists the grain's reminders.</summary>
        /// <param name="grain">The grain.</param>
        /// <returns>All of its reminders.</returns>
        public static Task<List<IGrainReminder>> GetReminders(this IGrainBase grain)
        {
            var activation = RuntimeContext.ActivationOf(grain);
            return activation.Reminders.GetAllAsync(activation.GrainId);
        }

        /// <inheritdoc cref="GetReminders(IGrainBase)"/>
        public static Task<List<IGrainReminder>> GetReminders(this Grain grain) => GetReminders((IGrainBase)grain);

        /// <inheritdoc cref="GetReminders(IGrainBase)"/>
        /// <param name="cancellationToken">Ends the wait.</param>
        public static Task<List<IGrainReminder>> GetReminders(this IGrainBase grain, CancellationToken cancellationToken) =>
            WaitAsync(() => GetReminders(grain), cancellationToken);

        /// <inheritdoc cref="GetReminders(IGrainBase, CancellationToken)"/>
        public static Task<List<IGrainReminder>> GetReminders(this Grain grain, CancellationToken cancellationToken) =>
            GetReminders((IGrainBase)grain, cancellationToken);

        // Nothing is begun for a caller that is gone already.
        private static Task WaitAsync(Func<Task> call, CancellationToken cancellationToken) =>
            cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : call().WaitAsync(cancellationToken);

        private static Task<T> WaitAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
            cancellationToken.IsCancellationRequested ? Task.FromCanceled<T>(cancellationToken) : call().WaitAsync(cancellationToken);
    }
}

namespace Orleans.Runtime
{
    /// <summary>A registered reminder.</summary>
    public interface IGrainReminder
    {
        /// <summary>Gets the reminder's name, unique within its grain.</summary>
        string ReminderName { get; }
    }

    /// <summary>Which tick of a reminder this is.</summary>
    [GenerateSerializer, Immutable]
    public readonly struct TickStatus
    {
        /// <summary>Initializes a tick.</summary>
        /// <param name="firstTickTime">When the first tick was due.</param>
        /// <param name="period">The time between ticks.</param>
        /// <param name="timeStamp">When this tick is delivered.</param>
        public TickStatus(DateTime firstTickTime, TimeSpan period, DateTime timeStamp)
        {
            FirstTickTime = firstTickTime;
            Period = period;
            CurrentTickTime = timeStamp;
        }

        /// <summary>Gets when the first tick was due (UTC).</summary>
        [Id(0)]
        public DateTime FirstTickTime { get; }

        /// <summary>Gets the time between ticks.</summary>
        [Id(1)]
        public TimeSpan Period { get; }

        /// <summary>Gets when this tick is delivered (UTC).</summary>
        [Id(2)]
        public DateTime CurrentTickTime { get; }

        /// <inheritdoc/>
        public override string ToString() => $"<{FirstTickTime:O}, {Period}, {CurrentTickTime:O}>";
    }

    /// <summary>A reminder could not be registered, found or removed.</summary>
    [GenerateSerializer]
    public sealed class ReminderException : OrleansException
    {
        /// <summary>Initializes the exception.</summary>
        /// <param name="message">What happened.</param>
        public ReminderException(string message) : base(message)
        {
        }
    }
}
