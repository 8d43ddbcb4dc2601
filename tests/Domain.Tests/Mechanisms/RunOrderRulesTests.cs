using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms;

public sealed class RunOrderRulesTests
{
    [Fact]
    public void The_same_order_made_twice_has_the_same_digest()
    {
        Assert.Equal(RunOrderRules.DigestOf(Full()), RunOrderRules.DigestOf(Full()));
        Assert.NotEqual(Full(), Full()); // why there is a digest: records compare lists by reference
    }

    [Fact]
    public void Every_change_of_a_single_field_changes_it()
    {
        var digests = new Dictionary<string, string> { [RunOrderRules.DigestOf(Full())] = "nothing" };
        foreach (var (path, changed) in Variations.Of(Full()))
        {
            var digest = RunOrderRules.DigestOf(changed);
            Assert.True(digests.TryAdd(digest, path), $"Changing {path} gives the digest of changing {digests.GetValueOrDefault(digest)}.");
        }
    }

    private static RunOrder Full() => Samples.Order(("bond", "1"), ("reward", "2")) with
    {
        Stage = 1,
        Program = Samples.Program() with { Artefacts = [new() { Role = "wasm", Sha256 = "aa", Size = 1 }, new() { Role = "zkey", Sha256 = "bb", Size = 2 }] },
        Constraints = new RequestConstraints
        {
            MinRedundancy = 2, MinStake = Credits.Whole(5), Hardware = ["gpu", "avx512"], AllowedProvers = ["p1", "p2"], DeniedProvers = ["p4"],
        },
        Excluded = ["p8", "p9"],
        LostBefore =
        [
            new() { ProverId = "p5", Account = "a5", Amount = new Credits(1) },
            new() { ProverId = "p6", Account = "a6", Amount = new Credits(2) },
        ],
        Statements = [new() { Statement = 0, PublicInputs = Bytes.Utf8("11") }, new() { Statement = 3, PublicInputs = Bytes.Utf8("22") }],
    };
}
