using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;

namespace ProvingMarket.TestKit.Requests;

/// <summary>What tests start from, with defaults that work.</summary>
public static class Given
{
    /// <summary>The id of <see cref="TestProofSystem.Program"/>'s default program.</summary>
    public static readonly string ProgramId = IdOf(TestProofSystem.Program());

    /// <summary>From now to the soft deadline of <see cref="Spec"/>.</summary>
    public static readonly TimeSpan SoftIn = TimeSpan.FromSeconds(60);

    /// <summary>From now to the hard deadline of <see cref="Spec"/>.</summary>
    public static readonly TimeSpan HardIn = TimeSpan.FromSeconds(120);

    public static string IdOf(ProgramDefinition program) => ProgramRules.IdOf(program);

    /// <summary>So many credits.</summary>
    public static Credits Credits(decimal credits) => new((long)(credits * Domain.Credits.MicroPerCredit));

    /// <summary>A race with these parameters.</summary>
    public static MechanismChoice RaceOf(params (string Name, string Value)[] parameters) => MechanismOf("race", parameters);

    /// <summary>A mechanism with these parameters.</summary>
    public static MechanismChoice MechanismOf(string name, params (string Name, string Value)[] parameters) => new()
    {
        Name = name, Parameters = parameters.ToImmutableSortedDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal),
    };

    /// <summary>A request for ten credits from alice with a minute to the soft and two to the hard deadline.</summary>
    public static ProofRequestSpec Spec(this MarketCluster market, string requestId, string account = "alice") => new()
    {
        RequestId = requestId,
        Account = account,
        ProgramId = ProgramId,
        PublicInputs = Bytes.Utf8("3,4"),
        Input = Bytes.Utf8($"witness of {requestId}"),
        MaxPrice = Credits(10),
        SoftDeadline = market.Now + SoftIn,
        HardDeadline = market.Now + HardIn,
        Mechanism = RaceOf(),
    };

    /// <summary>A request like <see cref="Spec"/> for a batch of so many statements.</summary>
    public static ProofRequestSpec Batch(this MarketCluster market, string requestId, int statements, string account = "alice") =>
        market.Spec(requestId, account).WithStatements(statements);

    /// <summary>The same request for a batch of so many statements.</summary>
    public static ProofRequestSpec WithStatements(this ProofRequestSpec spec, int statements) => spec with
    {
        PublicInputs = Bytes.Empty,
        Input = Bytes.Empty,
        Statements = [.. Enumerable.Range(0, statements).Select(n => new ProofStatement { PublicInputs = Bytes.Utf8($"{n},4"), Input = Bytes.Utf8($"witness {n} of {spec.RequestId}") })],
    };

    /// <summary>An offer for the default program, paid to an account of the prover's own name.</summary>
    public static ProverOffer Offer(string proverId, int slots = 2) => new()
    {
        ProverId = proverId, Account = $"{proverId}-account", Programs = [ProgramId], Slots = slots, MilliUnitsPerSecond = 1_000,
    };

    /// <summary>A market with the default program and a funded requester.</summary>
    public static async Task<MarketCluster> MarketAsync(
        decimal funds = 1_000, Action<MarketOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var market = await MarketCluster.StartAsync(configure, services);
        await market.AddProgramAsync(TestProofSystem.Program());
        await market.FundAsync("alice", Credits(funds));
        return market;
    }

    public static async Task<string> AddProgramAsync(this MarketCluster market, ProgramDefinition program)
    {
        var id = IdOf(program);
        var answer = await market.Program(id).RegisterAsync(program);
        return answer.Refusal is null ? id : throw new InvalidOperationException($"{program.Name}: {answer.Refusal}");
    }

    public static async Task FundAsync(this MarketCluster market, string account, Credits amount, string entryId = "start")
    {
        var answer = await market.Account(account).DepositAsync(entryId, amount);
        if (answer.Refusal is not null) throw new InvalidOperationException($"{account}: {answer.Refusal}");
    }

    /// <summary>A connected prover, with stake out of its freshly funded account when it is to have some, and at work when it has a conduct.</summary>
    public static async Task<TestProver> ProverAsync(
        this MarketCluster market, string proverId, decimal stake = 0, int slots = 2, Conduct? conduct = null, ProverOffer? offer = null)
    {
        var prover = new TestProver(market, offer ?? Offer(proverId, slots));
        if (conduct is { } known) prover.Worker = new TestWorker(market, prover, known);
        var answer = await prover.ConnectAsync();
        if (answer.Refusal is not null) throw new InvalidOperationException($"{proverId}: {answer.Refusal}");
        if (stake > 0)
        {
            await market.FundAsync(prover.Offer.Account, Credits(stake), $"stake-{proverId}");
            if (await prover.StakeAsync("first", Credits(stake)) is { } refusal) throw new InvalidOperationException($"{proverId}: {refusal}");
        }
        return prover;
    }

    /// <summary>Submits; fails when refused.</summary>
    public static async Task<RequestStatus> SubmitAsync(this MarketCluster market, ProofRequestSpec spec)
    {
        var answer = await market.Request(spec.RequestId).SubmitAsync(spec);
        return answer.Status ?? throw new InvalidOperationException($"{spec.RequestId}: {answer.Refusal}");
    }

    /// <summary>Submits, and waits until the run invites.</summary>
    public static async Task<RequestStatus> OpenAsync(this MarketCluster market, ProofRequestSpec spec)
    {
        await market.SubmitAsync(spec);
        return await market.ReachesAsync(spec.RequestId, RequestPhase.Open);
    }

    /// <summary>Waits, without moving the clock, until a request is in a phase.</summary>
    public static Task<RequestStatus> ReachesAsync(this MarketCluster market, string requestId, RequestPhase phase) =>
        market.ReachesAsync(requestId, status => status.Phase == phase, $"in phase {phase}");

    /// <summary>Waits, without moving the clock, until a request's status is as wanted; fails when it ends otherwise.</summary>
    public static async Task<RequestStatus> ReachesAsync(this MarketCluster market, string requestId, Func<RequestStatus, bool> wanted, string what)
    {
        var version = -1L;
        while (true)
        {
            var status = await market.FollowsAsync(market.Request(requestId).WatchAsync(version, TimeSpan.FromSeconds(20)));
            if (status is null) throw new InvalidOperationException($"There is no request {requestId}.");
            if (wanted(status)) return status;
            if (status.Phase.IsFinal()) throw new InvalidOperationException($"Request {requestId} ended as {Describe(status)} and was never {what}.");
            version = status.Version;
        }
    }

    /// <summary>Waits, without moving the clock, until a request has ended.</summary>
    public static Task<RequestStatus> EndsAsync(this MarketCluster market, string requestId) =>
        market.ReachesAsync(requestId, status => status.Phase.IsFinal(), "final");

    /// <summary>A request from its submission to its end, won by a prover that is invited; what follows without the clock has happened.</summary>
    public static async Task ServeAsync(this MarketCluster market, string requestId, TestProver prover)
    {
        await market.OpenAsync(market.Spec(requestId));
        await prover.InvitedToAsync();
        await prover.DeliverAsync(requestId, await prover.TakeAsync(requestId));
        await market.EndsAsync(requestId);
        await market.SettleAsync();
    }

    /// <summary>The status now.</summary>
    public static async Task<RequestStatus> StatusAsync(this MarketCluster market, string requestId) =>
        await market.Request(requestId).GetStatusAsync() ?? throw new InvalidOperationException($"There is no request {requestId}.");

    /// <summary>All that a request is audited from.</summary>
    public static async Task<RequestEvidence> EvidenceAsync(this MarketCluster market, string requestId)
    {
        var record = await market.Request(requestId).GetRecordAsync() ?? throw new InvalidOperationException($"There is no request {requestId}.");
        var runs = await Task.WhenAll(record.Stages.Select(stage => market.Grains.GetGrain<IRunForRequests>(stage.RunGrain).GetTranscriptAsync()));
        return record.ToEvidence(stage => runs[record.Stages.IndexOf(stage)]);
    }

    /// <summary>What an account can spend.</summary>
    public static async Task<Credits> AvailableAsync(this MarketCluster market, string account) => (await market.Account(account).GetBalanceAsync()).Available;

    /// <summary>A status in one line.</summary>
    public static string Describe(RequestStatus status) =>
        $"{status.Phase} ({status.Outcome}): " + string.Join(" > ", status.Timeline.Select(entry => $"{entry.Phase}/{entry.Reason}/{entry.ProverId}"));
}
