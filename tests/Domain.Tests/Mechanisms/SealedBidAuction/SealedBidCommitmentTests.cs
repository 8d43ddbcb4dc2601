using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;

namespace ProvingMarket.Domain.Tests.Mechanisms.SealedBidAuction;

public sealed class SealedBidCommitmentTests
{
    [Fact]
    public void Every_term_changes_the_seal()
    {
        var bid = Bids.Bid("p1", 1_000_000);
        SealedBid[] others =
        [
            bid with { Auction = "request-1/1" },
            bid with { ProverId = "p2" },
            bid with { Price = new Credits(1_000_001) },
            bid with { Eta = bid.Eta + TimeSpan.FromTicks(1) },
            Bids.Bid("p1", 1_000_000, nonce: 2),
        ];
        Assert.Equal(6, others.Append(bid).Select(SealedBidCommitment.Of).Distinct().Count());
    }

    [Fact]
    public void Texts_that_run_together_do_not_give_the_same_seal() => Assert.NotEqual(
        SealedBidCommitment.Of(Bids.Bid("bc", 1, auction: "a")), SealedBidCommitment.Of(Bids.Bid("c", 1, auction: "ab")));

    [Fact]
    public void The_form_of_a_seal_is_fixed()
    {
        // Computed independently: SHA-256 over length-prefixed separator, auction and prover, price, ticks, length-prefixed nonce, all big-endian.
        using var stream = new MemoryStream();
        foreach (var text in new[] { "ProvingMarket/SealedBid/v1", "request-1/0", "p1" })
        {
            Write(stream, text.Length);
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        }
        Write(stream, 1_500_000);
        Write(stream, TimeSpan.TicksPerSecond);
        Write(stream, 32);
        stream.Write(Enumerable.Repeat((byte)1, 32).ToArray());
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream.ToArray())), SealedBidCommitment.Of(Bids.Bid("p1", 1_500_000)));

        static void Write(MemoryStream to, long number)
        {
            Span<byte> bytes = stackalloc byte[8];
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, number);
            to.Write(bytes);
        }
    }

    [Fact]
    public void A_bid_does_not_tell_its_terms() => Property.Holds(
        Gen.Choose(100_000_000, int.MaxValue),
        price => Assert.DoesNotContain(price.ToString()[..4], Bids.Bid("p", price).ToString(), StringComparison.Ordinal));
}
