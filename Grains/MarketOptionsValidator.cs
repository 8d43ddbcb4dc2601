using Microsoft.Extensions.Options;
using ProvingMarket.Domain.Accounts;

namespace ProvingMarket.Grains;

/// <summary>Refuses settings that are out of range or contradict each other, naming the setting, the limit and the value.</summary>
public sealed class MarketOptionsValidator : IValidateOptions<MarketOptions>
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, MarketOptions options)
    {
        var failures = new List<string>();
        Within(nameof(options.SessionRenewal), options.SessionRenewal, ShortestInterval, TimeSpan.FromMinutes(10));
        Within(nameof(options.SessionLifetime), options.SessionLifetime, options.SessionRenewal * 2, TimeSpan.FromHours(1));
        Within(nameof(options.AnnounceInterval), options.AnnounceInterval, ShortestInterval, TimeSpan.FromMinutes(1));
        Within(nameof(options.AnnounceIntervalLimit), options.AnnounceIntervalLimit, options.AnnounceInterval, TimeSpan.FromMinutes(10));
        Within(nameof(options.EntryRetention), options.EntryRetention, AccountRules.ShortestRetention, TimeSpan.FromDays(3650));
        Within(nameof(options.RequestRetention), options.RequestRetention, TimeSpan.FromMinutes(10), TimeSpan.FromDays(3650));
        Within(nameof(options.UnbondingDelay), options.UnbondingDelay, TimeSpan.Zero, TimeSpan.FromDays(90));
        Within(nameof(options.RegistryShards), options.RegistryShards, 1, 256);
        Within(nameof(options.SlashRequesterPercent), options.SlashRequesterPercent, 0, 100);
        Within(nameof(options.SlashRescuerPercent), options.SlashRescuerPercent, 0, 100 - Math.Clamp(options.SlashRequesterPercent, 0, 100));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Within<T>(string setting, T value, T least, T most)
            where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
                failures.Add($"{MarketOptions.Section}:{setting} must be {least} to {most}, was {value}.");
        }
    }
}
