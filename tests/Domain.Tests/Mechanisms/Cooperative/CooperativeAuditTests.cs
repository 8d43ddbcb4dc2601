using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Tests.Mechanisms.Cooperative;

/// <summary>A transcript somebody has changed, with all hashes made to fit: the audit names the entry that was changed.</summary>
public sealed class CooperativeAuditTests
{
    [Fact]
    public void A_sound_transcript_follows() => Assert.Null(CooperativeAudit.Check(Played().Order, Played().Run.Transcript));

    [Theory]
    [InlineData(TranscriptKind.BeaconRevealed, "00")]
    [InlineData(TranscriptKind.Drawn, "p05 p04 p03 p02 p06 p01")]
    [InlineData(TranscriptKind.Seated, "0: 0 1 2 3")]
    [InlineData(TranscriptKind.Silent, "p01")]
    [InlineData(TranscriptKind.Paid, "1")]
    [InlineData(TranscriptKind.Closed, "CancelledByRequester")]
    public void A_changed_value_is_found_where_it_is(TranscriptKind kind, string value) => AssertFound(kind, entry => entry with { Value = value });

    [Theory]
    [InlineData(TranscriptKind.Seated)]
    [InlineData(TranscriptKind.Leased)]
    [InlineData(TranscriptKind.Proof)]
    [InlineData(TranscriptKind.ProofRefused)]
    [InlineData(TranscriptKind.Paid)]
    public void What_is_done_in_another_name_is_found_where_it_is(TranscriptKind kind) => AssertFound(kind, entry => entry with { ProverId = "stranger" });

    [Fact]
    public void A_proof_for_another_statement_is_found_where_it_is()
    {
        var (game, at, entry) = First(TranscriptKind.Proof);
        var others = Enumerable.Range(0, 8).First(statement => !game.State.Seats.Single(seat => seat.Members.Contains(entry.ProverId!)).Statements.Contains(statement));
        Assert.Equal(at, Changed(game, at, entry with { Value = $"{others}{entry.Value[entry.Value.IndexOf(' ')..]}" })?.Entry);
    }

    [Fact]
    public void The_same_statement_twice_is_found_where_it_is()
    {
        var (game, at, entry) = First(TranscriptKind.Proof);
        Assert.Equal(at + 1, CooperativeAudit.Check(game.Order, Rehashed(game.Run.Transcript.Insert(at + 1, entry)))?.Entry);
    }

    [Fact]
    public void Somebody_silent_who_is_left_out_is_found_at_the_payment()
    {
        var (game, at, _) = First(TranscriptKind.Silent);
        Assert.Equal(at, CooperativeAudit.Check(game.Order, Rehashed(game.Run.Transcript.RemoveAt(at)))?.Entry);
    }

    [Fact]
    public void Who_was_absent_cannot_be_changed_without_changing_the_draw()
    {
        var (game, at, entry) = First(TranscriptKind.Absent);
        var drawn = game.Run.Transcript.IndexOf(game.Run.Transcript.First(other => other.Kind == TranscriptKind.Drawn));
        Assert.Equal(drawn, Changed(game, at, entry with { Value = "earlier/0 p01" })?.Entry);
    }

    /// <summary>Eight statements: one member is silent, one cheats and is replaced, and the others do it.</summary>
    private static Game Played()
    {
        var last = new CommitteeRecord { RunKey = "earlier/0", EndedAt = Samples.Now, Silent = ["p07"] };
        var game = new Game(8, 1, ("bond", "2"), ("backups", "2")).Draw(Game.Provers(7), last).JoinAll();
        var (silent, cheat) = (game.Members[1], game.Members[2]);
        game.Deliver(cheat, game.State.Seats[2].Statements[0]).Cheat(cheat);
        game.State = CooperativeRules.Called(game.State, game.Now);
        game.JoinAll();
        while (game.Run.Report is null)
        {
            foreach (var worker in game.Members.Where(member => member != silent))
            {
                if (game.Run.Report is null && CooperativeRules.LeftFor(game.State, worker) is [var next, ..]) game.Deliver(worker, next);
            }
        }
        return game;
    }

    private static (Game Game, int At, TranscriptEntry Entry) First(TranscriptKind kind)
    {
        var game = Played();
        var entry = game.Run.Transcript.First(entry => entry.Kind == kind);
        return (game, game.Run.Transcript.IndexOf(entry), entry);
    }

    private static void AssertFound(TranscriptKind kind, Func<TranscriptEntry, TranscriptEntry> change)
    {
        var (game, at, entry) = First(kind);
        Assert.Equal(at, Changed(game, at, change(entry))?.Entry);
    }

    private static AuditFinding? Changed(Game game, int at, TranscriptEntry entry) => CooperativeAudit.Check(game.Order, Rehashed(game.Run.Transcript.SetItem(at, entry)));

    private static ImmutableArray<TranscriptEntry> Rehashed(ImmutableArray<TranscriptEntry> transcript) => transcript.Aggregate(
        ImmutableArray<TranscriptEntry>.Empty, (entries, entry) => TranscriptRules.Append(entries, entry.Kind, entry.At, entry.ProverId, entry.Value));
}
