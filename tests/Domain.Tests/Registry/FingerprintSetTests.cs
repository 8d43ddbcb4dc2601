using System.Buffers.Binary;
using FsCheck.Fluent;
using ProvingMarket.Domain.Registry;

namespace ProvingMarket.Domain.Tests.Registry;

public sealed class FingerprintSetTests
{
    private static readonly FsCheck.Gen<(int From, ulong Added)> Additions = from place in Gen.Choose(0, 1_000) from added in Gen.Choose(0, 12) select (place, (ulong)added);

    /// <summary>Sets share runs: each must stay as it is when others are made from it, or from those before it.</summary>
    [Fact]
    public void Every_set_keeps_its_own_whatever_is_made_from_it() => Property.Holds(Property.Sequences(Additions, longest: 60), additions =>
    {
        var sets = new List<(FingerprintSet Set, ulong[] Expected)> { (FingerprintSet.Empty, []) };
        foreach (var (place, added) in additions)
        {
            // Mostly the newest, as the state of a shard is; sometimes any.
            var (set, expected) = sets[place < 700 ? sets.Count - 1 : place % sets.Count];
            sets.Add((set.Add(added), expected.Contains(added) ? expected : [.. expected, added]));
        }
        foreach (var (set, expected) in sets)
        {
            Assert.Equal(expected.Length, set.Count);
            for (var fingerprint = 0UL; fingerprint <= 12; fingerprint++) Assert.Equal(expected.Contains(fingerprint), set.Contains(fingerprint));
            Assert.Equal(expected.Order(), Fingerprints(set).Order());
            Assert.All(set.Runs, run => Assert.Equal(Fingerprints(run).Order(), Fingerprints(run)));
            Assert.All(set.Runs.Zip(set.Runs.Skip(1)), runs => Assert.True(runs.First.Length >= 2 * runs.Second.Length));
        }
    });

    [Fact]
    public void What_is_in_it_already_does_not_change_it()
    {
        var set = FingerprintSet.Empty.Add(1).Add(2);
        Assert.Same(set, set.Add(1));
        Assert.Same(set, set.Add(2));
    }

    [Fact]
    public void A_fingerprint_is_the_beginning_of_the_sha_256_of_an_id()
    {
        // FIPS 180-4: SHA-256 of "abc" is ba7816bf 8f01cfea ...
        Assert.Equal(0xba7816bf8f01cfeaUL, FingerprintSet.FingerprintOf("abc"));
        Assert.Equal([0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea], FingerprintSet.Empty.Add(FingerprintSet.FingerprintOf("abc")).Runs.Single().Span.ToArray());
        Assert.NotEqual(FingerprintSet.FingerprintOf(new string('a', 1_000)), FingerprintSet.FingerprintOf(new string('a', 1_001)));
    }

    /// <summary>Tens of thousands of leases end while they are remembered; the trees of nodes that immutable sets are made of were most of what a busy registry left to
    /// the garbage collector.</summary>
    [Fact]
    public void Little_is_copied_for_each_that_is_added()
    {
        var set = FingerprintSet.Empty;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0UL; i < 1 << 14; i++) set = set.Add(unchecked(i * 0x9E3779B97F4A7C15));
        // Eight bytes for each of fourteen doublings, and a list of fourteen runs at most, twice.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (1 << 14), 1, 14 * 8 * 4);
        Assert.Single(set.Runs);
        for (var i = 0UL; i < 1 << 14; i++) Assert.True(set.Contains(unchecked(i * 0x9E3779B97F4A7C15)));
    }

    private static IEnumerable<ulong> Fingerprints(FingerprintSet set) => set.Runs.SelectMany(Fingerprints);

    private static IEnumerable<ulong> Fingerprints(Bytes run) =>
        Enumerable.Range(0, run.Length / sizeof(ulong)).Select(place => BinaryPrimitives.ReadUInt64BigEndian(run.Span[(place * sizeof(ulong))..]));
}
