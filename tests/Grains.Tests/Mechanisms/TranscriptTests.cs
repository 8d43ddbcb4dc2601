using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms;

public sealed class TranscriptTests
{
    private static readonly IMechanism Race = new RaceMechanism();

    [Fact]
    public async Task A_run_that_was_not_started_has_no_transcript()
    {
        await using var market = await MarketAsync();
        var answer = await market.Run("r1").GetTranscriptAsync();
        Assert.Equal((ReasonCode.RunUnknown, "run"), (answer.Refusal!.Code, answer.Refusal.Field));
        Assert.Null(answer.Order);
    }

    /// <summary>What is read from the run, also after a crash, is enough to compute its outcome again; whatever is changed is found where it is.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_has_ended_is_audited_from_what_it_tells(bool withCrash)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        Assert.NotNull(Race.Audit((await market.Run("r1").GetTranscriptAsync()).Order!, (await market.Run("r1").GetTranscriptAsync()).Transcript));
        await prover.DeliverAsync("r1", await prover.TakeAsync("r1"));
        await market.EndsAsync("r1");
        if (withCrash)
        {
            await market.KillAsync();
            await market.RestartAsync();
        }

        var answer = await market.Run("r1").GetTranscriptAsync();

        Assert.Null(Race.Audit(answer.Order!, answer.Transcript));
        Assert.Equal(TranscriptKind.Closed, answer.Transcript[^1].Kind);
        for (var i = 0; i < answer.Transcript.Length; i++)
        {
            var forged = answer.Transcript.SetItem(i, answer.Transcript[i] with { Value = answer.Transcript[i].Value + "1" });
            Assert.Equal(i, Race.Audit(answer.Order!, forged)!.Entry);
        }
    }
}
