namespace Orleans.Hosting;

/// <summary>Limits of reminders.</summary>
public sealed class ReminderOptions
{
    /// <summary>Gets or sets the least time between two ticks of a reminder.</summary>
    /// <value>The default is one minute.</value>
    public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);
}
