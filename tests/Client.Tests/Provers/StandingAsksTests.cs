using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>The asks that a worker keeps in order books.</summary>
public sealed class StandingAsksTests : WorkerTestBase
{
    private readonly FakeBook _book = new();

    public StandingAsksTests()
    {
        Harness.Configure = options => (options.StandingAsks, options.AskPerUnit, options.Slots) = (true, Credits.Whole(2), 3);
        Harness.Grains.Put(Harness.Circuit.ProgramId, _book);
    }

    [Fact]
    public async Task An_ask_is_placed_at_the_price_and_with_the_slots_of_the_settings_and_cancelled_before_the_worker_leaves()
    {
        await Harness.StartAsync();
        var (command, session, price, slots) = await _book.Places.NextAsync();
        Assert.Equal(("p1", 1L, "session-1", Credits.Whole(2), 3), (command.ProverId, command.Version, session, price, slots));

        await Harness.Worker.StopAsync(CancellationToken.None).Soon();
        Assert.Equal((command.AskId, 2L), (_book.Cancels.Calls.Single().Command.AskId, _book.Cancels.Calls.Single().Command.Version));
        Assert.Empty(_book.Asks);
        Assert.Single(Harness.Prover.Disconnects.Calls);
    }

    [Fact]
    public async Task An_ask_from_before_is_replaced_by_what_the_settings_say_now_and_only_then()
    {
        _book.With("old", Credits.Whole(5), 3, version: 7).With("more", Credits.Whole(1), 1, version: 8);
        await Harness.StartAsync();
        var replaced = await _book.Replaces.NextAsync();
        // Of several the first by id is kept.
        Assert.Equal("old", _book.Cancels.Calls.Single().Command.AskId);
        Assert.Equal(("more", 10L, Credits.Whole(2), 3), (replaced.Command.AskId, replaced.Command.Version, replaced.Price, replaced.Slots));
        await _book.Lists.NextAsync();
        await Harness.Clock.PassAsync(StandingAsks.Period);
        await _book.Lists.NextAsync();
        await Harness.Clock.TimerAsync(StandingAsks.Period);
        Assert.Empty(_book.Places.Calls);
        Assert.Single(_book.Replaces.Calls);
    }

    [Fact]
    public async Task What_failed_or_was_refused_is_done_again_without_a_second_ask()
    {
        _book.Lists.Then(new AsksAnswer { Refusal = Refusal.Of(ReasonCode.SessionUnknown, "session") });
        _book.Places.Then(call =>
        {
            // Placed, and the answer is lost.
            _book.With(call.Command.AskId, call.Price, call.Slots, call.Command.Version);
            return Task.FromException<AskAnswer>(new TimeoutException("lost"));
        });
        await Harness.StartAsync();
        // Refused, lost, and found as it is wanted; the fourth look comes after all that. That the worker has connected makes it look again, too, so the number of waits between is open.
        for (var renewals = 0; _book.Lists.Calls.Length < 4; renewals++)
        {
            Assert.True(renewals < 100_000, $"It looked {_book.Lists.Calls.Length} times in {renewals} renewals.");
            await Harness.Clock.PassAsync(FakeProver.RenewsAfter);
        }
        Assert.Single(_book.Places.Calls);
        Assert.Single(_book.Asks);
    }

    [Fact]
    public async Task A_book_that_does_not_answer_keeps_no_worker_from_leaving()
    {
        await Harness.StartAsync();
        await _book.Places.NextAsync();
        _book.Lists.ThenHang();
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await Harness.Clock.PassAsync(new ProverWorkerOptions().LeaveTimeout);
        await stopping.Soon();
        Assert.Single(Harness.Prover.Disconnects.Calls);
    }

    [Fact]
    public async Task An_ask_is_cancelled_as_soon_as_the_worker_drains_however_long_its_last_proof_takes()
    {
        // What a run pays here.
        Harness.Configure = options => (options.StandingAsks, options.AskPerUnit) = (true, Credits.Whole(1));
        await Harness.StartAsync();
        await _book.Places.NextAsync();
        var proof = await Harness.BeginProofAsync(Harness.Run("r1/0"));
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await _book.Cancels.NextAsync();
        Harness.Clock.Advance(TimeSpan.FromSeconds(6));
        proof.Complete();
        await stopping.Soon();
        Assert.Empty(_book.Asks);
        Assert.Single(_book.Cancels.Calls);
    }

    [Fact]
    public async Task What_could_not_be_cancelled_is_tried_again_while_the_last_proof_runs()
    {
        // What a run pays here.
        Harness.Configure = options => (options.StandingAsks, options.AskPerUnit) = (true, Credits.Whole(1));
        await Harness.StartAsync();
        await _book.Places.NextAsync();
        var proof = await Harness.BeginProofAsync(Harness.Run("r1/0"));
        _book.Cancels.ThenThrow(new TimeoutException("lost"));
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await _book.Cancels.NextAsync();
        await Harness.Clock.PassAsync(FirstRetry);
        await _book.Cancels.NextAsync();
        proof.Complete();
        await stopping.Soon();
        Assert.Empty(_book.Asks);
    }

    [Fact]
    public async Task No_ask_stands_unless_the_settings_say_so()
    {
        Harness.Configure = options => options.AskPerUnit = Credits.Whole(2);
        await Harness.StartAsync();
        await _book.Lists.NextAsync();
        await Harness.Worker.StopAsync(CancellationToken.None).Soon();
        Assert.Empty(_book.Places.Calls);
        Assert.Single(_book.Lists.Calls);
    }

    /// <summary>It binds: a worker that came back with other settings would be held to it.</summary>
    [Fact]
    public async Task An_ask_from_before_is_cancelled_when_the_settings_want_none_any_more()
    {
        _book.With("old", Credits.Whole(5), 3, version: 7);
        _book.Cancels.ThenThrow(new TimeoutException("lost"));
        Harness.Configure = options => options.AskPerUnit = Credits.Whole(2);
        await Harness.StartAsync();
        await _book.Cancels.NextAsync();
        await Harness.Clock.PassAsync(FirstRetry);
        await _book.Cancels.NextAsync();
        await Harness.Worker.StopAsync(CancellationToken.None).Soon();
        Assert.Empty(_book.Asks);
    }
}
