using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.TestKit.Requests;

namespace ProvingMarket.Client.Tests.Integration;

/// <summary>Client and worker on the real market.</summary>
public sealed class ClientAndWorkerTests : IAsyncLifetime
{
    private LiveMarket _live = null!;

    public async Task InitializeAsync() => _live = await LiveMarket.StartAsync();

    public async Task DisposeAsync() => await _live.DisposeAsync();

    [Fact]
    public async Task A_proof_is_requested_made_delivered_and_paid()
    {
        var handle = await _live.RequestAsync("r1");
        LiveMarket.Complete(await _live.Backend.NextAsync());
        var outcome = (await handle.WaitAsync().Soon()).EnsureDelivered();
        Assert.Equal(RequestPhase.Fulfilled, outcome.Status!.Phase);
        Assert.Equal("p1", outcome.Status.ProverId);
        Assert.Equal(32, outcome.Proof.Length);
        Assert.Equal(Credits.Whole(90), (await _live.Client.GetBalanceAsync("alice")).Available);
        Assert.Equal(Credits.Whole(10), (await _live.Client.GetBalanceAsync("prover-one")).Available);
        Assert.Equal(Credits.Whole(10), (await _live.Events.NextAsync(ProverEventKind.Won)).Reward);
    }

    [Fact]
    public async Task The_status_can_be_watched_from_open_to_the_end()
    {
        var handle = await _live.RequestAsync("r1");
        var watching = new TaskCompletionSource();
        var phases = WatchAsync(handle, watching);
        await watching.Task.Soon();
        LiveMarket.Complete(await _live.Backend.NextAsync());
        var seen = await phases.Soon();
        Assert.Equal(RequestPhase.Fulfilled, seen[^1]);
        Assert.Equal(seen.Order(), seen);
        Assert.True(seen.Count > 1);
    }

    [Fact]
    public async Task A_cancelled_request_stops_the_proof_and_refunds()
    {
        var handle = await _live.RequestAsync("r1");
        var proof = await _live.Backend.NextAsync();
        Assert.Null((await handle.CancelAsync()).Refusal);
        await proof.Cancelled.Task.Soon();
        await _live.Events.NextAsync(ProverEventKind.Closed);
        Assert.Equal(ReasonCode.CancelledByRequester, (await handle.WaitAsync().Soon()).Refusal?.Code);
        Assert.Equal(Credits.Whole(100), (await _live.Client.GetBalanceAsync("alice")).Available);
    }

    [Fact]
    public async Task A_proof_outlives_the_silo_and_is_delivered_in_the_same_session_after_it_is_back()
    {
        var handle = await _live.RequestAsync("r1");
        var waiting = handle.WaitAsync();
        var proof = await _live.Backend.NextAsync();
        await _live.Market.KillAsync();
        Assert.False(proof.Cancelled.Task.IsCompleted);
        LiveMarket.Complete(proof); // while there is no market
        await _live.Events.NextAsync(ProverEventKind.Submitting);

        await _live.Market.StartAgainAsync();
        await _live.PassUntilAsync(_live.Events.NextAsync(ProverEventKind.Won));
        (await _live.PassUntilAsync(waiting)).EnsureDelivered();
        Assert.Equal(Credits.Whole(10), (await _live.Client.GetBalanceAsync("prover-one")).Available);
    }

    [Fact]
    public async Task A_submission_whose_answer_was_lost_is_the_same_request_and_another_body_is_refused()
    {
        await _live.RequestAsync("r1");
        var again = await _live.RequestAsync("r1");
        Assert.Equal("r1", again.RequestId);
        _live.Market.Time.Advance(TimeSpan.FromSeconds(1)); // relative deadlines now mean another body
        var exception = await Assert.ThrowsAsync<RequestRefusedException>(() => _live.RequestAsync("r1"));
        Assert.Equal(ReasonCode.RequestIdConflict, exception.Refusal.Code);
        Assert.Equal(Credits.Whole(90), (await _live.Client.GetBalanceAsync("alice")).Available);
    }

    [Fact]
    public async Task A_worker_that_has_left_is_not_invited_and_one_that_failed_frees_its_slot()
    {
        await _live.RequestAsync("r1");
        (await _live.Backend.NextAsync()).Fail();
        await _live.Events.NextAsync(ProverEventKind.Failed);
        var second = await _live.RequestAsync("r2");
        LiveMarket.Complete(await _live.Backend.NextAsync());
        (await second.WaitAsync().Soon()).EnsureDelivered();

        await _live.Worker.StopAsync(CancellationToken.None).Soon();
        var third = await _live.RequestAsync("r3");
        await _live.Market.AdvanceAsync(Given.HardIn + TimeSpan.FromSeconds(1));
        Assert.Equal(ReasonCode.NobodyJoined, (await third.WaitAsync().Soon()).Refusal?.Code);
    }

    public static TheoryData<string, Func<ProgramDefinition, ProgramDefinition>> Squatters => new()
    {
        { "a thousandth of the work", program => program with { Work = new WorkUnits(1) } },
        { "a file that nobody has", program => program with { Artefacts = [new ProgramArtefact { Role = "zkey", Sha256 = new string('0', 64), Size = 1 }] } },
    };

    /// <summary>Otherwise a prover would work for a thousandth of its ask, or take leases and not find the files.</summary>
    [Theory]
    [MemberData(nameof(Squatters))]
    public async Task A_program_that_somebody_registered_first_with_the_right_key_and_more_that_is_wrong_is_not_the_workers(
        string wrong, Func<ProgramDefinition, ProgramDefinition> squatter)
    {
        await using var live = await LiveMarket.StartAsync(
            worker: options => options.AskPerUnit = Credits.Whole(5), registeredBefore: squatter);
        var fake = squatter(live.Circuit.Definition);

        // For its own, its ask counts as ever: five credits for the 1,000 constraints.
        var cheap = (await live.Client.ProveAsync(live.Spec("r2") with { MaxPrice = Credits.Whole(4) })).EnsureAccepted();
        Assert.Equal(ReasonCode.PriceBelowAsk, (await live.Events.NextAsync(ProverEventKind.Declined)).Reason);
        await cheap.CancelAsync();
        var handle = await live.RequestAsync("r3");
        LiveMarket.Complete(await live.Backend.NextAsync());
        (await handle.WaitAsync().Soon()).EnsureDelivered();

        var squatted = (await live.Client.ProveAsync(live.Spec("r1") with { ProgramId = ProgramRules.IdOf(fake) })).EnsureAccepted();
        await live.Market.AdvanceAsync(Given.HardIn + TimeSpan.FromSeconds(1));
        var outcome = await squatted.WaitAsync().Soon();
        Assert.True(outcome.Refusal?.Code == ReasonCode.NobodyJoined, $"{wrong}: {outcome.Refusal}");
        Assert.DoesNotContain(live.Events.All, e => e.RunKey == "r1/0");
    }

    private static async Task<List<RequestPhase>> WatchAsync(ProofHandle handle, TaskCompletionSource begun)
    {
        List<RequestPhase> phases = [];
        await foreach (var status in handle.WatchAsync())
        {
            phases.Add(status.Phase);
            begun.TrySetResult();
        }
        return phases;
    }
}
