using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ProvingMarket.Grains.Tests;

public sealed class MarketOptionsTests
{
    private static readonly Dictionary<string, Action<MarketOptions>> Bad = new()
    {
        [nameof(MarketOptions.SessionRenewal)] = options => options.SessionRenewal = TimeSpan.FromMilliseconds(99),
        [nameof(MarketOptions.SessionLifetime)] = options => options.SessionLifetime = TimeSpan.FromSeconds(19),
        [nameof(MarketOptions.AnnounceInterval)] = options => options.AnnounceInterval = TimeSpan.Zero,
        [nameof(MarketOptions.AnnounceIntervalLimit)] = options => options.AnnounceIntervalLimit = TimeSpan.FromMilliseconds(999),
        [nameof(MarketOptions.EntryRetention)] = options => options.EntryRetention = TimeSpan.FromMinutes(59),
        [nameof(MarketOptions.RequestRetention)] = options => options.RequestRetention = TimeSpan.Zero,
        [nameof(MarketOptions.SlashRequesterPercent)] = options => options.SlashRequesterPercent = -1,
        [nameof(MarketOptions.SlashRescuerPercent)] = options => options.SlashRescuerPercent = 51,
    };

    public static TheoryData<string> Settings => [.. Bad.Keys];

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_bad_setting_is_refused_by_name(string setting)
    {
        var failure = Assert.Single(Assert.Throws<OptionsValidationException>(() => Read(Bad[setting])).Failures);
        Assert.StartsWith($"Market:{setting} must be ", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_fine()
    {
        var options = Read(_ => { });
        Assert.Equal((50, 30), (options.SlashSplit.RequesterPercent, options.SlashSplit.RescuerPercent));
    }

    private static MarketOptions Read(Action<MarketOptions> configure) =>
        new ServiceCollection().AddProvingMarket().Configure(configure).BuildServiceProvider().GetRequiredService<IOptions<MarketOptions>>().Value;
}
