using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Scheduling;

namespace Orleans.Hosting;

/// <summary>Refuses collection options that cannot work.</summary>
internal sealed class GrainCollectionOptionsValidator : IValidateOptions<GrainCollectionOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, GrainCollectionOptions options)
    {
        var failures = new List<string>();
        Time(failures, nameof(options.CollectionQuantum), options.CollectionQuantum);
        Time(failures, nameof(options.ActivationTimeout), options.ActivationTimeout);
        Time(failures, nameof(options.DeactivationTimeout), options.DeactivationTimeout);
        foreach (var (key, age) in options.ClassSpecificCollectionAge.Prepend(new KeyValuePair<string, TimeSpan>(nameof(options.CollectionAge), options.CollectionAge)))
        {
            if (age <= options.CollectionQuantum)
                failures.Add($"{nameof(GrainCollectionOptions)}: the age of {key} is {age}; it must be greater than {nameof(options.CollectionQuantum)} = {options.CollectionQuantum}.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Time(List<string> failures, string setting, TimeSpan value)
    {
        if (value <= TimeSpan.Zero || value > ContextFreeTimers.Longest)
            failures.Add($"{nameof(GrainCollectionOptions)}.{setting} is {value}; it must be greater than zero and not greater than {ContextFreeTimers.Longest}.");
    }
}

/// <summary>Refuses messaging options that cannot work.</summary>
internal sealed class SiloMessagingOptionsValidator : IValidateOptions<SiloMessagingOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SiloMessagingOptions options) =>
        options.ResponseTimeout > TimeSpan.Zero || options.ResponseTimeout == Timeout.InfiniteTimeSpan
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{nameof(SiloMessagingOptions)}.{nameof(options.ResponseTimeout)} is {options.ResponseTimeout}; it must be greater than zero.");
}

/// <summary>Refuses reminder options that cannot work.</summary>
internal sealed class ReminderOptionsValidator : IValidateOptions<ReminderOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ReminderOptions options) =>
        options.MinimumReminderPeriod >= TimeSpan.Zero
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{nameof(ReminderOptions)}.{nameof(options.MinimumReminderPeriod)} is {options.MinimumReminderPeriod}; it must not be negative.");
}
