using System.Collections.Immutable;
using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Tests.Mechanisms.Runs;

public sealed class TranscriptRulesTests
{
    private static readonly Bytes Proof = Bytes.Utf8("proof");

    [Fact]
    public void A_race_writes_what_follows_from_what()
    {
        var order = Samples.Order(("bond", "3"));
        var race = RaceRules.Start(order, Samples.Now).State!;
        var run = RunRules.Joined(RunRules.Joining(race.Run, "p1", "s1"), "p1", "s1", "p1-account", Samples.Now.AddSeconds(1));
        run = RunRules.Joined(RunRules.Joining(run, "p2", "s1"), "p2", "s1", "p2-account", Samples.Now.AddSeconds(2));
        run = RunRules.Disqualified(run, "p2", ReasonCode.ProofInvalid, "pairing failed", Samples.Now.AddSeconds(3));
        var at = Samples.Now.AddSeconds(4);
        var won = race.With(RaceRules.Verified(run, race.Parameters.Prize, new AcceptedProof { ProverId = "p1", Proof = Proof, ReceivedAt = at, VerifiedAt = at }));
        Assert.Equal<(TranscriptKind, string?, string)>(
            [
                (TranscriptKind.Opened, null, RunOrderRules.DigestOf(order)),
                (TranscriptKind.Leased, "p1", "3000000 p1-account"),
                (TranscriptKind.Leased, "p2", "3000000 p2-account"),
                (TranscriptKind.ProofRefused, "p2", "ProofInvalid"),
                (TranscriptKind.Proof, "p1", $"{TranscriptRules.DigestOf("p1", Proof)} {at.UtcTicks}"),
                (TranscriptKind.Paid, "p1", "10000000"),
                (TranscriptKind.Closed, null, "Won"),
            ],
            won.Run.Transcript.Select(entry => (entry.Kind, entry.ProverId, entry.Value)));
        Assert.Null(TranscriptRules.FirstBroken(won.Run.Transcript));
    }

    [Fact]
    public void The_digest_of_a_proof_is_bound_to_its_producer()
    {
        Assert.NotEqual(TranscriptRules.DigestOf("p1", Proof), TranscriptRules.DigestOf("p2", Proof));
        Assert.NotEqual(TranscriptRules.DigestOf("p1", Bytes.Utf8("proof")), TranscriptRules.DigestOf("p1p", Bytes.Utf8("roof")));
    }

    [Fact]
    public void Tampering_is_found_where_it_is() => Property.Holds(
        from length in Gen.Choose(1, 12)
        from at in Gen.Choose(0, length - 1)
        from how in Gen.Choose(0, 6)
        select (length, at, how),
        sample =>
        {
            var honest = Enumerable.Range(0, sample.length).Aggregate(
                ImmutableArray<TranscriptEntry>.Empty,
                (transcript, i) => TranscriptRules.Append(transcript, (TranscriptKind)(1 + (i % 15)), Samples.Now.AddSeconds(i), $"p{i}", $"value {i}"));
            Assert.Null(TranscriptRules.FirstBroken(honest));

            var entry = honest[sample.at];
            var tampered = sample.how switch
            {
                0 => honest.SetItem(sample.at, entry with { Value = entry.Value + " " }),
                1 => honest.SetItem(sample.at, entry with { ProverId = null }),
                2 => honest.SetItem(sample.at, entry with { At = entry.At.AddTicks(1) }),
                3 => honest.SetItem(sample.at, entry with { Kind = TranscriptKind.Missed }),
                4 => honest.SetItem(sample.at, entry with { Hash = Bytes.CopyOf(new byte[32]) }),
                5 => honest.Insert(sample.at, entry with { Value = "another" }),
                _ => honest.RemoveAt(sample.at),
            };
            // Nothing follows the last entry: that it is missing is seen by whoever knows the last hash.
            if (sample.how == 6 && sample.at == honest.Length - 1) Assert.Null(TranscriptRules.FirstBroken(tampered));
            else Assert.Equal(sample.at, TranscriptRules.FirstBroken(tampered));
        });
}
