using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Grains;

/// <summary>Settings of the market, section <c>Market</c>. Validated at start.</summary>
public sealed class MarketOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Market";

    /// <summary>Workers are asked to renew their session this often, 100 ms to 10 minutes. <value>Default 10 s.</value></summary>
    public TimeSpan SessionRenewal { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A worker that has not renewed for this long is not invited any more; at least twice the renewal, at most 1 hour. <value>Default 30 s.</value></summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>An open run looks for further provers after this time, then at growing intervals; 100 ms to 1 minute. <value>Default 1 s.</value></summary>
    public TimeSpan AnnounceInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest interval between two announcements of an open run, up to 10 minutes. <value>Default 15 s.</value></summary>
    public TimeSpan AnnounceIntervalLimit { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Deposits and withdrawals are remembered this long; the same one must not be repeated later. 1 hour to 10 years. <value>Default 7 days.</value></summary>
    public TimeSpan EntryRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Records of a request that has ended and is settled are deleted after this time: body, proof, runs and transcripts. That its id was used stays
    /// known, and so do all movements of money. 10 minutes to 10 years. <value>Default 30 days.</value></summary>
    public TimeSpan RequestRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Stake leaves so long after it was asked for, and can be slashed until then; up to 90 days. <value>Default 1 day.</value></summary>
    public TimeSpan UnbondingDelay { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Shards of the task registry, 1 to 256: more of them write and decide side by side, and every search for provers asks all. The same in all
    /// silos, and fixed for the life of a cluster's data: a silo that is set up otherwise does not start. <value>Default 16.</value></summary>
    public int RegistryShards { get; set; } = 16;

    /// <summary>Whether instances of mechanisms are tuned for requesters by what each has got. Without it nothing new is tried for anybody and what was tuned is
    /// left aside; outcomes are counted all the same. <value>Default true.</value></summary>
    public bool TuneInstances { get; set; } = true;

    /// <summary>The requester's share of a slashed bond in per cent, 0 to 100. <value>Default 50.</value></summary>
    public int SlashRequesterPercent { get; set; } = 50;

    /// <summary>The rescuer's share of a slashed bond in per cent; the treasury's when nobody rescued. With the
    /// requester's at most 100. <value>Default 30.</value></summary>
    public int SlashRescuerPercent { get; set; } = 30;

    /// <summary>The split of slashed bonds.</summary>
    public SlashSplit SlashSplit => new() { RequesterPercent = SlashRequesterPercent, RescuerPercent = SlashRescuerPercent };
}
