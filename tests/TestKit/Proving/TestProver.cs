using System.Threading.Channels;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.TestKit.Cluster;

namespace ProvingMarket.TestKit.Proving;

/// <summary>A prover in the hands of a test: it is told of invitations and stops, and does what the test says.</summary>
public sealed class TestProver : IProverObserver
{
    private readonly MarketCluster _market;
    private readonly Channel<Invitation> _invitations = Channel.CreateUnbounded<Invitation>();
    private readonly Channel<StopWork> _stops = Channel.CreateUnbounded<StopWork>();
    private IProverObserver? _reference;
    private Task _tick = Task.CompletedTask;
    private DateTimeOffset _renewAt = DateTimeOffset.MaxValue;

    /// <summary>A prover that has not connected yet.</summary>
    public TestProver(MarketCluster market, ProverOffer offer, string session = "s1") => (_market, Offer, Session) = (market, offer, session);

    /// <summary>What it offers.</summary>
    public ProverOffer Offer { get; set; }

    /// <summary>Its id.</summary>
    public string Id => Offer.ProverId;

    /// <summary>The session of its process.</summary>
    public string Session { get; set; }

    /// <summary>What works on invitations when the clock moves; null when the test does.</summary>
    public TestWorker? Worker { get; set; }

    /// <summary>Calls that failed are repeated later instead of failing the test.</summary>
    public bool ExpectsFaults { get; set; }

    /// <summary>False for a process that hangs: its session lapses.</summary>
    public bool Renews { get; set; } = true;

    /// <summary>Over when its process is done with what it was pushed: of one that hangs, never.</summary>
    public Task Listens { get; set; } = Task.CompletedTask;

    /// <summary>The next invitation pushed to it.</summary>
    public async Task<Invitation> InvitedToAsync() => await _invitations.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);

    /// <summary>The next stop pushed to it.</summary>
    public async Task<StopWork> StoppedByAsync() => await _stops.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);

    /// <summary>An invitation that has been pushed already; null when there is none.</summary>
    public Invitation? InvitedSoFar() => _invitations.Reader.TryRead(out var invitation) ? invitation : null;

    /// <summary>Connects, and lives with the market's clock from then on.</summary>
    public async Task<ConnectAnswer> ConnectAsync()
    {
        _reference = _market.Grains.CreateObjectReference<IProverObserver>(this);
        var answer = await _market.Prover(Id).ConnectAsync(Offer, Session, _reference);
        if (answer.Refusal is null)
        {
            _renewAt = _market.Now + answer.RenewEvery;
            if (!_market.Provers.Contains(this)) _market.Animate(this);
            foreach (var invitation in answer.Invitations) Worker?.Invited(invitation);
            if (_market.StandingAsk is { } price) await AskAsync(price);
        }
        return answer;
    }

    /// <summary>Has an ask for its first program, with all of its slots. The first time and its repetitions are the same command.</summary>
    public async Task AskAsync(Credits pricePerUnit, string? askId = null, int? slots = null, long version = 1)
    {
        var command = new AskCommand { AskId = askId ?? $"{Id}-ask", ProverId = Id, Version = version };
        var answer = await _market.Book(Offer.Programs[0]).PlaceAsync(command, Session, pricePerUnit, slots ?? Offer.Slots);
        if (answer.Refusal is not null) throw new InvalidOperationException($"{Id} could not ask: {answer.Refusal}");
    }

    /// <summary>Renews the session.</summary>
    public async Task<RenewAnswer> RenewAsync()
    {
        var answer = await _market.Prover(Id).RenewAsync(Session, _reference!);
        foreach (var invitation in answer.Invitations) Worker?.Invited(invitation);
        foreach (var stop in answer.Stopped) Worker?.Stopped(stop);
        return answer;
    }

    public Task DrainAsync() => _market.Prover(Id).DrainAsync(Session);

    public Task DisconnectAsync() => _market.Prover(Id).DisconnectAsync(Session);

    public Task<Refusal?> StakeAsync(string entryId, Credits amount) => _market.Prover(Id).DepositStakeAsync(entryId, amount);

    public Task<JoinAnswer> JoinAsync(string requestId, int stage = 0) => _market.Run(requestId, stage).JoinAsync(Id, Session);

    /// <summary>Joins and gets the assignment; fails when refused.</summary>
    public async Task<Assignment> TakeAsync(string requestId)
    {
        var answer = await JoinAsync(requestId);
        return answer.Assignment ?? throw new InvalidOperationException($"{Id} could not join {requestId}: {answer.Refusal}");
    }

    public Task DeclineAsync(string requestId, ReasonCode reason = ReasonCode.ProvingFailed) => _market.Run(requestId).DeclineAsync(Id, Session, reason);

    public Task<SubmissionAnswer> SubmitAsync(string requestId, Bytes publicInputs, Bytes proof, int stage = 0) => _market.Run(requestId, stage).SubmitAsync(
        new ProofSubmission { ProverId = Id, Session = Session, PublicInputs = publicInputs, Proof = proof });

    /// <summary>Delivers a valid proof for an assignment.</summary>
    public Task<SubmissionAnswer> DeliverAsync(string requestId, Assignment assignment) =>
        SubmitAsync(requestId, assignment.PublicInputs, TestProofSystem.ProofFor(assignment));

    /// <summary>Delivers something that looks like a proof.</summary>
    public Task<SubmissionAnswer> DeliverCorruptedAsync(string requestId, Assignment assignment)
    {
        var corrupted = TestProofSystem.ProofFor(assignment).Span.ToArray();
        corrupted[0] ^= 1;
        return SubmitAsync(requestId, assignment.PublicInputs, Bytes.CopyOf(corrupted));
    }

    Task IProverObserver.InvitedAsync(Invitation invitation)
    {
        Worker?.Invited(invitation);
        _invitations.Writer.TryWrite(invitation);
        return Listens;
    }

    Task IProverObserver.StoppedAsync(StopWork stop)
    {
        Worker?.Stopped(stop);
        _stops.Writer.TryWrite(stop);
        return Listens;
    }

    internal async Task ConnectAgainAsync()
    {
        try
        {
            var answer = await ConnectAsync();
            if (answer.Refusal is not null) throw new InvalidOperationException($"{Id} could not connect again: {answer.Refusal}");
        }
        catch (Exception) when (ExpectsFaults)
        {
            _renewAt = _market.Now;
        }
    }

    /// <summary>Renews when it is time, and works. One tick after the other: one that waits for something is waited for by the next.</summary>
    internal Task TickAsync() => _tick.IsCompletedSuccessfully ? _tick = RenewAndWorkAsync() : _tick;

    private async Task RenewAndWorkAsync()
    {
        try
        {
            if (Renews && _market.Now >= _renewAt)
            {
                var answer = await RenewAsync();
                if (answer.Refusal is { Code: ReasonCode.SessionUnknown }) await ConnectAgainAsync();
                else _renewAt = _market.Now + TimeSpan.FromSeconds(10);
            }
            if (Worker is not null) await Worker.WorkAsync();
        }
        catch (Exception) when (ExpectsFaults)
        {
            // Everything is tried again when the clock has moved on.
        }
    }
}
