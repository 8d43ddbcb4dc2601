namespace ProvingMarket.Domain.Registry;

/// <summary>Leases that ended, each remembered for <see cref="MarketLimits.LateCall"/> at least and twice that at most: by fingerprints, because a busy shard remembers
/// tens of thousands of them.</summary>
[GenerateSerializer, Immutable, Alias("pm.EndedLeases")]
public sealed record EndedLeases
{
    /// <summary>Nothing.</summary>
    public static readonly EndedLeases None = new();

    /// <summary>Those that ended since <see cref="Since"/>.</summary>
    [Id(0)] public FingerprintSet Later { get; init; } = FingerprintSet.Empty;

    /// <summary>Those that ended before.</summary>
    [Id(1)] public FingerprintSet Earlier { get; init; } = FingerprintSet.Empty;

    /// <summary>When the later ones began to gather.</summary>
    [Id(2)] public DateTimeOffset Since { get; init; }

    /// <summary>How many there are.</summary>
    public int Count => Later.Count + Earlier.Count;

    /// <summary>Whether a lease is among them.</summary>
    public bool Contains(string leaseId) => Contains(FingerprintSet.FingerprintOf(leaseId));

    /// <summary>Adds one that ends now, and forgets those whose time is over.</summary>
    /// <returns>The leases; the same when it is among them.</returns>
    public EndedLeases Add(string leaseId, DateTimeOffset now)
    {
        var fingerprint = FingerprintSet.FingerprintOf(leaseId);
        if (Contains(fingerprint)) return this;
        if (now - Since < MarketLimits.LateCall) return this with { Later = Later.Add(fingerprint) };
        var earlier = now - Since < 2 * MarketLimits.LateCall ? Later : FingerprintSet.Empty;
        return new EndedLeases { Later = FingerprintSet.Empty.Add(fingerprint), Earlier = earlier, Since = now };
    }

    private bool Contains(ulong fingerprint) => Later.Contains(fingerprint) || Earlier.Contains(fingerprint);
}
