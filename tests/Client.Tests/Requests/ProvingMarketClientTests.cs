using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client.Tests.Requests;

public sealed class ProvingMarketClientTests
{
    private readonly TestClock _clock = new();
    private readonly FakeRequest _request = new();
    private readonly FakeGrainFactory _grains = new();
    private readonly ProvingMarketClient _client;

    public ProvingMarketClientTests()
    {
        _grains.Put("r1", _request);
        _client = new ProvingMarketClient(
            _grains, Options.Create(new MarketClientOptions()), new FakeRandomness(), _clock, NullLogger<ProvingMarketClient>.Instance);
    }

    [Fact]
    public async Task An_accepted_request_gives_a_handle_with_its_id()
    {
        var result = await _client.ProveAsync(Spec());
        Assert.True(result.IsAccepted);
        Assert.Null(result.Refusal);
        Assert.Equal("r1", result.EnsureAccepted().RequestId);
    }

    [Fact]
    public async Task A_refused_request_gives_the_refusal_and_an_exception_only_on_demand()
    {
        var refusal = Refusal.Of(ReasonCode.DeadlineInPast, "softDeadline");
        _request.Submits.Then(new SubmitAnswer { Refusal = refusal });
        var result = await _client.ProveAsync(Spec());
        Assert.False(result.IsAccepted);
        Assert.Equal(refusal, result.Refusal);
        Assert.Equal(refusal, Assert.Throws<RequestRefusedException>(result.EnsureAccepted).Refusal);
    }

    [Fact]
    public async Task A_request_that_was_rejected_after_it_was_received_is_refused()
    {
        var refusal = Refusal.Of(ReasonCode.BalanceInsufficient, "amount");
        _request.Submits.Then(new SubmitAnswer { Status = FakeRequest.Status(RequestPhase.Rejected, 1, ReasonCode.BalanceInsufficient, refusal) });
        Assert.Equal(refusal, (await _client.ProveAsync(Spec())).Refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    public async Task A_malformed_id_is_refused_without_a_call(string id)
    {
        var result = await _client.ProveAsync(Spec() with { RequestId = id });
        Assert.Equal("requestId", result.Refusal?.Field);
        Assert.Empty(_request.Submits.Calls);
        Assert.Throws<ArgumentException>(() => _client.Attach(id));
    }

    [Fact]
    public async Task A_submission_whose_answer_is_lost_is_the_same_request_again()
    {
        _request.Submits.ThenThrow(new TimeoutException()).ThenThrow(new TimeoutException());
        var proving = _client.ProveAsync(Spec());
        await _clock.PassAsync(TimeSpan.FromMilliseconds(50));
        await _clock.PassAsync(TimeSpan.FromMilliseconds(100));
        Assert.True((await proving.Soon()).IsAccepted);
        Assert.Equal(3, _request.Submits.Calls.Length);
        Assert.Single(_request.Submits.Calls.Select(RequestRules.DigestOf).Distinct());
    }

    [Fact]
    public async Task Watching_gives_the_status_now_and_each_newer_one_and_ends_with_the_final_one()
    {
        _request.Statuses.Then(FakeRequest.Status(RequestPhase.Routed, 1));
        _request.Watches
            .Then(FakeRequest.Status(RequestPhase.Routed, 1)) // a poll in which nothing happened
            .Then(FakeRequest.Status(RequestPhase.Open, 2))
            .Then(FakeRequest.Status(RequestPhase.Settling, 5))
            .Then(FakeRequest.Status(RequestPhase.Fulfilled, 6));
        List<RequestPhase> phases = [];
        await foreach (var status in _client.Attach("r1").WatchAsync()) phases.Add(status.Phase);

        Assert.Equal([RequestPhase.Routed, RequestPhase.Open, RequestPhase.Settling, RequestPhase.Fulfilled], phases);
        Assert.Equal([1L, 1, 2, 5], _request.Watches.Calls.Select(call => call.AfterVersion));
        Assert.All(_request.Watches.Calls, call => Assert.Equal(TimeSpan.FromSeconds(15), call.AtMost));
    }

    [Fact]
    public async Task Watching_goes_on_after_an_outage_from_what_was_seen_last()
    {
        _request.Watches.ThenThrow(new SiloUnavailableException()).ThenThrow(new TimeoutException()).Then(FakeRequest.Status(RequestPhase.Fulfilled, 4));
        var phases = PhasesAsync(_client.Attach("r1"));
        await _clock.PassAsync(TimeSpan.FromMilliseconds(50));
        await _clock.PassAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal(RequestPhase.Fulfilled, (await phases.Soon())[^1]);
        Assert.Equal([1L, 1, 1], _request.Watches.Calls.Select(call => call.AfterVersion));

        static async Task<List<RequestPhase>> PhasesAsync(ProofHandle handle)
        {
            List<RequestPhase> phases = [];
            await foreach (var status in handle.WatchAsync()) phases.Add(status.Phase);
            return phases;
        }
    }

    [Fact]
    public async Task Waiting_asks_for_the_end_only_and_goes_on_after_an_outage()
    {
        _request.Ends.ThenThrow(new SiloUnavailableException()).Then(FakeRequest.End(RequestPhase.Open, 3)).Then(FakeRequest.End(RequestPhase.Fulfilled, 4));
        var outcome = _client.Attach("r1").WaitAsync();
        await _clock.PassAsync(TimeSpan.FromMilliseconds(50));
        Assert.True((await outcome.Soon()).IsDelivered);
        Assert.Equal(3, _request.Ends.Calls.Length);
        Assert.All(_request.Ends.Calls, atMost => Assert.Equal(TimeSpan.FromSeconds(15), atMost));
    }

    [Fact]
    public async Task Who_has_submitted_the_request_waits_for_its_end_without_asking_whether_there_is_one()
    {
        _request.Ends.Then(FakeRequest.End(RequestPhase.Fulfilled, 4));
        Assert.True((await (await _client.ProveAsync(Spec())).EnsureAccepted().WaitAsync().Soon()).IsDelivered);
        Assert.Empty(_request.Statuses.Calls);
        Assert.Single(_request.Ends.Calls);
        // The proof came with the end.
        Assert.Empty(_request.Proofs.Calls);
    }

    [Fact]
    public async Task A_final_status_ends_the_watch_even_when_a_restarted_silo_counts_lower()
    {
        _request.Statuses.Then(FakeRequest.Status(RequestPhase.Open, 70_000));
        _request.Watches.Then(FakeRequest.Status(RequestPhase.Open, 65_536)).Then(FakeRequest.Status(RequestPhase.Cancelled, 66_000, ReasonCode.CancelledByRequester));
        Assert.Equal(RequestPhase.Cancelled, (await ToListAsync(_client.Attach("r1").WatchAsync()).Soon())[^1].Phase);
    }

    [Fact]
    public async Task Cancelling_the_token_ends_a_watch_in_the_middle_of_a_poll()
    {
        _request.Ends.ThenHang();
        using var cancel = new CancellationTokenSource();
        var outcome = _client.Attach("r1").WaitAsync(cancel.Token);
        await _request.Ends.NextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => outcome.Soon());
        Assert.Empty(_request.Cancels.Calls);
    }

    [Fact]
    public async Task Waiting_gives_the_proof_with_its_public_inputs()
    {
        _request.Ends.ThenThrow(new TimeoutException()).Then(FakeRequest.End(RequestPhase.Fulfilled, 2, ReasonCode.Won));
        var waiting = _client.Attach("r1").WaitAsync();
        await _clock.PassAsync(TimeSpan.FromMilliseconds(50));
        var outcome = (await waiting.Soon()).EnsureDelivered();
        Assert.Equal("proof", outcome.Proof.ToUtf8String());
        Assert.Equal("[\"1\"]", outcome.PublicInputs.ToUtf8String());
        Assert.Equal(RequestPhase.Fulfilled, outcome.Status?.Phase);
    }

    [Fact]
    public async Task Waiting_for_a_request_that_expired_gives_the_reason_and_asks_for_no_proof()
    {
        _request.Ends.Then(FakeRequest.End(RequestPhase.Expired, 2, ReasonCode.NobodyJoined));
        var outcome = await _client.Attach("r1").WaitAsync().Soon();
        Assert.False(outcome.IsDelivered);
        Assert.Equal(ReasonCode.NobodyJoined, outcome.Refusal.Code);
        Assert.Same(outcome, Assert.Throws<ProofNotDeliveredException>(outcome.EnsureDelivered).Outcome);
        Assert.Empty(_request.Proofs.Calls);
    }

    [Fact]
    public async Task A_request_nobody_submitted_has_no_status_and_no_proof()
    {
        _request.Statuses.Usual = _ => null;
        var handle = _client.Attach("r1");
        Assert.Null(await handle.GetStatusAsync());
        Assert.Empty(await ToListAsync(handle.WatchAsync()));
        Assert.Equal(ReasonCode.RequestUnknown, (await handle.WaitAsync()).Refusal?.Code);
    }

    [Fact]
    public async Task Cancelling_says_why_it_is_too_late()
    {
        var refusal = Refusal.Of(ReasonCode.RequestEnded, "requestId");
        _request.Cancels.ThenThrow(new TimeoutException()).Then(new CancelAnswer { Refusal = refusal });
        var cancelling = _client.Attach("r1").CancelAsync();
        await _clock.PassAsync(TimeSpan.FromMilliseconds(50));
        Assert.Equal(refusal, (await cancelling.Soon()).Refusal);
    }

    [Fact]
    public async Task A_program_is_registered_under_the_id_of_its_definition()
    {
        var definition = new ProgramDefinition { ProofSystem = "groth16", VerificationKey = Bytes.Utf8("{}"), Name = "p", Work = new WorkUnits(1) };
        var program = new FakeProgram();
        _grains.Put(ProgramRules.IdOf(definition), program);
        Assert.Null((await _client.RegisterProgramAsync(definition)).Refusal);
        Assert.Same(definition, Assert.Single(program.Registrations.Calls));

        Assert.Equal("work", (await _client.RegisterProgramAsync(definition with { Work = new WorkUnits(0) })).Refusal?.Field);
        Assert.Equal("programId", (await _client.GetProgramAsync("no digest")).Refusal?.Field);
        Assert.Single(program.Registrations.Calls);
    }

    [Fact]
    public async Task A_deposit_whose_answer_is_lost_is_made_again_under_its_entry_id()
    {
        var account = new FakeAccount();
        _grains.Put("alice", account);
        account.Deposits.ThenThrow(new TimeoutException());
        var depositing = _client.DepositAsync("alice", "e1", Credits.Whole(3));
        await _clock.PassAsync(TimeSpan.FromMilliseconds(50));
        Assert.Equal(Credits.Whole(3), (await depositing.Soon()).Balance.Available);
        Assert.Equal([("e1", Credits.Whole(3)), ("e1", Credits.Whole(3))], account.Deposits.Calls.AsEnumerable());
        await Assert.ThrowsAsync<ArgumentException>(() => _client.GetBalanceAsync("not an id"));
    }

    [Fact]
    public async Task Stake_is_deposited_on_the_prover()
    {
        var prover = new FakeProver();
        _grains.Put("p1", prover);
        prover.Stakes.Then(Refusal.Of(ReasonCode.BalanceInsufficient, "amount"));
        Assert.Equal(ReasonCode.BalanceInsufficient, (await _client.DepositStakeAsync("p1", "s1", Credits.Whole(1)))?.Code);
        Assert.Null(await _client.DepositStakeAsync("p1", "s1", Credits.Whole(1)));
    }

    [Fact]
    public async Task A_withdrawal_whose_answer_is_lost_is_the_same_entry_again()
    {
        var account = new FakeAccount();
        _grains.Put("alice", account);
        account.Withdrawals.ThenThrow(new TimeoutException());
        var withdrawing = _client.WithdrawAsync("alice", "w1", Credits.Whole(2));
        await _clock.PassAsync(TimeSpan.FromMilliseconds(50));
        Assert.Null((await withdrawing.Soon()).Refusal);
        Assert.Equal([("w1", Credits.Whole(2)), ("w1", Credits.Whole(2))], account.Withdrawals.Calls.ToArray());
        await Assert.ThrowsAsync<ArgumentException>(() => _client.WithdrawAsync("alice", "not an id", Credits.Whole(2)));
    }

    [Fact]
    public async Task Stake_is_unbonded_on_the_prover()
    {
        var prover = new FakeProver();
        _grains.Put("p1", prover);
        var refusal = Refusal.Of(ReasonCode.StakeInsufficient, "amount");
        prover.Unbondings.Then(new UnbondAnswer { Refusal = refusal });
        Assert.Equal(refusal, (await _client.UnbondStakeAsync("p1", "u1", Credits.Whole(1))).Refusal);
        Assert.Equal([("u1", Credits.Whole(1))], prover.Unbondings.Calls.ToArray());
    }

    internal static ProofRequestSpec Spec() => new()
    {
        RequestId = "r1",
        Account = "alice",
        ProgramId = new string('a', 64),
        PublicInputs = Bytes.Utf8("[\"1\"]"),
        Input = Bytes.Utf8("{}"),
        MaxPrice = Credits.Whole(1),
        SoftDeadline = TestClock.Start.AddSeconds(20),
        HardDeadline = TestClock.Start.AddSeconds(40),
    };

    private static async Task<List<RequestStatus>> ToListAsync(IAsyncEnumerable<RequestStatus> statuses)
    {
        List<RequestStatus> all = [];
        await foreach (var status in statuses) all.Add(status);
        return all;
    }

    private sealed class FakeProgram : IProgramGrain
    {
        public Script<ProgramDefinition, ProgramAnswer> Registrations { get; } = new(_ => new ProgramAnswer());

        public Task<ProgramAnswer> RegisterAsync(ProgramDefinition definition) => Registrations.CallAsync(definition);

        public Task<ProgramAnswer> GetAsync() => throw new NotSupportedException();

        public Task<ProgramDefinition?> GetDefinitionAsync() => throw new NotSupportedException();
    }

    private sealed class FakeAccount : IAccountGrain
    {
        public Script<(string EntryId, Credits Amount), AccountAnswer> Deposits { get; } =
            new(deposit => new AccountAnswer { Balance = new AccountBalance { Available = deposit.Amount, Held = Credits.Zero } });

        public Task<AccountAnswer> DepositAsync(string entryId, Credits amount) => Deposits.CallAsync((entryId, amount));

        public Script<(string EntryId, Credits Amount), AccountAnswer> Withdrawals { get; } =
            new(withdrawal => new AccountAnswer { Balance = new AccountBalance { Available = withdrawal.Amount, Held = Credits.Zero } });

        public Task<AccountAnswer> WithdrawAsync(string entryId, Credits amount) => Withdrawals.CallAsync((entryId, amount));

        public Task<AccountAnswer> VoidDebitAsync(string entryId, string to, DateTimeOffset issuedAt) => throw new NotSupportedException();

        public Task<AccountAnswer> CreditAsync(string entryId, Credits amount, string from, DateTimeOffset issuedAt) => throw new NotSupportedException();

        public Task<AccountAnswer> DebitAsync(string entryId, Credits amount, string to, DateTimeOffset issuedAt) => throw new NotSupportedException();

        public Task<AccountAnswer> HoldAsync(string holdId, Credits amount, DateTimeOffset issuedAt) => throw new NotSupportedException();

        public Task<AccountAnswer> CaptureAsync(string holdId, Credits captured, DateTimeOffset issuedAt) => throw new NotSupportedException();

        public Task<AccountBalance> GetBalanceAsync() => throw new NotSupportedException();
    }
}
