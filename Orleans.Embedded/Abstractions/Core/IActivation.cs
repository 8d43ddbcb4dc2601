namespace Orleans.Runtime;

/// <summary>What grains reach through extension methods and their base class; implemented by the engine.</summary>
internal interface IActivation : IGrainContext
{
    /// <summary>Gets the factory for references to other grains.</summary>
    IGrainFactory GrainFactory { get; }

    /// <summary>Gets where this silo keeps reminders.</summary>
    IReminderRegistry Reminders { get; }

    /// <summary>Registers a timer that ticks as turns of this activation.</summary>
    /// <typeparam name="TState">The type of the callback's state.</typeparam>
    /// <param name="callback">The callback.</param>
    /// <param name="state">Its state.</param>
    /// <param name="options">When and how it ticks.</param>
    /// <returns>The timer.</returns>
    IGrainTimer RegisterTimer<TState>(Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options);

    /// <summary>Keeps the activation from being collected as idle for a while.</summary>
    /// <param name="timeSpan">How long from now; negative lifts an earlier delay.</param>
    void DelayDeactivation(TimeSpan timeSpan);
}

/// <summary>The reminders of a silo, as its grains see them.</summary>
internal interface IReminderRegistry
{
    /// <summary>Registers a reminder or gives an existing one another schedule.</summary>
    /// <param name="grainId">The grain to remind.</param>
    /// <param name="reminderName">The reminder's name, unique within the grain.</param>
    /// <param name="dueTime">The time until the first tick.</param>
    /// <param name="period">The time between ticks.</param>
    /// <returns>The reminder, once it is durable.</returns>
    Task<IGrainReminder> RegisterOrUpdateAsync(GrainId grainId, string reminderName, TimeSpan dueTime, TimeSpan period);

    /// <summary>Removes a reminder.</summary>
    /// <param name="grainId">The grain it belongs to.</param>
    /// <param name="reminder">The reminder.</param>
    /// <returns>A task that ends once the removal is durable.</returns>
    Task UnregisterAsync(GrainId grainId, IGrainReminder reminder);

    /// <summary>Finds a reminder by name.</summary>
    /// <param name="grainId">The grain it belongs to.</param>
    /// <param name="reminderName">Its name.</param>
    /// <returns>The reminder, or null.</returns>
    Task<IGrainReminder?> GetAsync(GrainId grainId, string reminderName);

    /// <summary>Lists a grain's reminders.</summary>
    /// <param name="grainId">The grain.</param>
    /// <returns>All of its reminders.</returns>
    Task<List<IGrainReminder>> GetAllAsync(GrainId grainId);
}
