using System.ComponentModel.DataAnnotations;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Grains;

/// <summary>Settings of the market, section <c>Market</c>. Validated at start.</summary>
public sealed class MarketOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Market";

    /// <summary>Workers are asked to renew their session this often. <value>Default 10 s.</value></summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan SessionRenewal { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A worker that has not renewed for this long is not invited any more. <value>Default 30 s.</value></summary>
    [Range(typeof(TimeSpan), "00:00:00.300", "01:00:00")]
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>An open run looks for further provers after this time, then at growing intervals. <value>Default 1 s.</value></summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan AnnounceInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest interval between two announcements of an open run. <value>Default 15 s.</value></summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan AnnounceIntervalLimit { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Applied account entries are remembered this long; an operation must not be retried later. <value>Default 7 days.</value></summary>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan EntryRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The requester's share of a slashed bond in per cent. <value>Default 50.</value></summary>
    [Range(0, 100)]
    public int SlashRequesterPercent { get; set; } = 50;

    /// <summary>The rescuer's share of a slashed bond in per cent; the treasury's when nobody rescued. <value>Default 30.</value></summary>
    [Range(0, 100)]
    public int SlashRescuerPercent { get; set; } = 30;

    /// <summary>The split of slashed bonds.</summary>
    public SlashSplit SlashSplit => new() { RequesterPercent = SlashRequesterPercent, RescuerPercent = SlashRescuerPercent };
}
