using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ProvingMarket.Grains;

/// <summary>Refuses settings that are out of range or contradict each other, naming the setting.</summary>
internal sealed class MarketOptionsValidator : IValidateOptions<MarketOptions>
{
    public ValidateOptionsResult Validate(string? name, MarketOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        var failures = results.Select(result => $"{MarketOptions.Section}:{result.MemberNames.First()}: {result.ErrorMessage}").ToList();
        if (options.SessionLifetime < options.SessionRenewal * 2)
            failures.Add($"{MarketOptions.Section}:{nameof(options.SessionLifetime)}: must be at least twice SessionRenewal ({options.SessionRenewal}), was {options.SessionLifetime}.");
        if (options.AnnounceIntervalLimit < options.AnnounceInterval)
            failures.Add($"{MarketOptions.Section}:{nameof(options.AnnounceIntervalLimit)}: must be at least AnnounceInterval ({options.AnnounceInterval}), was {options.AnnounceIntervalLimit}.");
        if (options.SlashRequesterPercent + options.SlashRescuerPercent > 100)
            failures.Add($"{MarketOptions.Section}:{nameof(options.SlashRescuerPercent)}: must leave requester and rescuer together at most 100 %, was {options.SlashRequesterPercent} + {options.SlashRescuerPercent}.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
