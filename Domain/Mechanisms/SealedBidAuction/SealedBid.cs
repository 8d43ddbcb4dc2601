namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>A bid as its prover keeps it until the reveal. Before that nobody else has it: the market is told its commitment only, and
/// <see cref="ToString"/> does not tell its terms.</summary>
[GenerateSerializer, Immutable, Alias("pm.SealedBid")]
public sealed record SealedBid
{
    /// <summary>Bytes of a nonce.</summary>
    public const int NonceBytes = 32;

    /// <summary>The auction: the key of its run.</summary>
    [Id(0)] public required string Auction { get; init; }

    /// <summary>The prover that bids.</summary>
    [Id(1)] public required string ProverId { get; init; }

    /// <summary>The price asked for.</summary>
    [Id(2)] public required Credits Price { get; init; }

    /// <summary>The time from award to proof that the prover commits to.</summary>
    [Id(3)] public required TimeSpan Eta { get; init; }

    /// <summary>32 random bytes, never used twice: without them a bid could be guessed from its commitment.</summary>
    [Id(4)] public required Bytes Nonce { get; init; }

    /// <summary>Whose bid it is, not what it bids.</summary>
    public override string ToString() => $"bid of {ProverId} in {Auction}";
}

/// <summary>The seal on a bid.</summary>
public static class SealedBidCommitment
{
    /// <summary>What every commitment of this form begins with, so that nothing else the market hashes can be taken for one.</summary>
    public const string Separator = "ProvingMarket/SealedBid/v1";

    /// <summary>SHA-256 over separator, auction, prover, price, ETA and nonce, each with its length, as 64 lower-case hexadecimal digits. It binds
    /// auction and prover: copied into another auction or another's name, it opens to no bid.</summary>
    public static string Of(SealedBid bid)
    {
        using var digest = new FieldDigest();
        return digest.Add(Separator).Add(bid.Auction).Add(bid.ProverId).Add(bid.Price.Micro).Add(bid.Eta.Ticks).Add(bid.Nonce.Span).ToHex();
    }
}
