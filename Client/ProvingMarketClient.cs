using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Calls;
using ProvingMarket.Client.Requests;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client;

/// <summary>The client over the market's grains.</summary>
internal sealed class ProvingMarketClient(
    IGrainFactory grains, IOptions<MarketClientOptions> options, IRandomness randomness, TimeProvider time, ILogger<ProvingMarketClient> logger)
    : IProvingMarketClient
{
    private readonly RepeatedCalls _calls =
        new(options.Value.BackOff, options.Value.GiveUpAfter, UnknownOutcome.Is, randomness, time, logger);

    public async Task<ProveResult> ProveAsync(ProofRequestSpec request, CancellationToken cancellationToken = default)
    {
        // The id is the grain's key: one that is not well-formed must not make a grain. The rest is for the market to judge, by its own clock.
        if (Ids.Check("requestId", request.RequestId) is { } malformed) return ProveResult.Refused(malformed);

        var answer = await _calls.RepeatAsync(
            $"Submission of {request.RequestId}", () => grains.GetGrain<IProofRequestGrain>(request.RequestId).SubmitAsync(request), cancellationToken);
        if (answer.Refusal is { } refusal) return ProveResult.Refused(refusal, answer.Conflict);
        var status = answer.Status ?? throw new InvalidOperationException($"The market answered the submission of {request.RequestId} with nothing.");
        return status.Phase == RequestPhase.Rejected
            ? ProveResult.Refused(ProofOutcome.ReasonOf(status))
            : ProveResult.Accepted(HandleOf(request.RequestId, isAccepted: true));
    }

    public async Task<RouteAnswer> QuoteAsync(ProofRequestSpec request, CancellationToken cancellationToken = default)
    {
        var known = await GetProgramAsync(request.ProgramId, cancellationToken);
        if (known.Program is not { } program) return new RouteAnswer { Refusal = known.Refusal };
        var now = time.GetUtcNow();
        if (RequestRules.Check(request, now) is { } refusal) return new RouteAnswer { Refusal = refusal };
        return await _calls.RepeatAsync(
            $"Quote for {request.RequestId}",
            () => grains.GetGrain<IMechanismRouterGrain>(GrainKeys.Single).QuoteAsync(RouteQuestions.Of(request, program, now)),
            cancellationToken);
    }

    public ProofHandle Attach(string requestId)
    {
        ThrowIfMalformed(nameof(requestId), requestId);
        return HandleOf(requestId, isAccepted: false);
    }

    public async Task<ProgramAnswer> RegisterProgramAsync(ProgramDefinition definition, CancellationToken cancellationToken = default)
    {
        if (ProgramRules.Check(definition) is { } refusal) return new ProgramAnswer { Refusal = refusal };
        var id = ProgramRules.IdOf(definition);
        return await _calls.RepeatAsync(
            $"Registration of {definition.Name}", () => grains.GetGrain<IProgramGrain>(id).RegisterAsync(definition), cancellationToken);
    }

    public async Task<ProgramAnswer> GetProgramAsync(string programId, CancellationToken cancellationToken = default) =>
        Ids.CheckSha256("programId", programId) is { } malformed
            ? new ProgramAnswer { Refusal = malformed }
            : await _calls.RepeatAsync($"Program {programId}", () => grains.GetGrain<IProgramGrain>(programId).GetAsync(), cancellationToken);

    public Task<AccountBalance> GetBalanceAsync(string account, CancellationToken cancellationToken = default)
    {
        ThrowIfMalformed(nameof(account), account);
        return _calls.RepeatAsync($"Balance of {account}", () => grains.GetGrain<IAccountGrain>(account).GetBalanceAsync(), cancellationToken);
    }

    public Task<AccountAnswer> DepositAsync(string account, string entryId, Credits amount, CancellationToken cancellationToken = default)
    {
        ThrowIfMalformed(nameof(account), account);
        ThrowIfMalformed(nameof(entryId), entryId);
        return _calls.RepeatAsync(
            $"Deposit {entryId} on {account}", () => grains.GetGrain<IAccountGrain>(account).DepositAsync(entryId, amount), cancellationToken);
    }

    public Task<Refusal?> DepositStakeAsync(string proverId, string entryId, Credits amount, CancellationToken cancellationToken = default)
    {
        ThrowIfMalformed(nameof(proverId), proverId);
        ThrowIfMalformed(nameof(entryId), entryId);
        return _calls.RepeatAsync(
            $"Stake {entryId} of {proverId}", () => grains.GetGrain<IProverGrain>(proverId).DepositStakeAsync(entryId, amount), cancellationToken);
    }

    public Task<AccountAnswer> WithdrawAsync(string account, string entryId, Credits amount, CancellationToken cancellationToken = default)
    {
        ThrowIfMalformed(nameof(account), account);
        ThrowIfMalformed(nameof(entryId), entryId);
        return _calls.RepeatAsync(
            $"Withdrawal {entryId} from {account}", () => grains.GetGrain<IAccountGrain>(account).WithdrawAsync(entryId, amount), cancellationToken);
    }

    public Task<UnbondAnswer> UnbondStakeAsync(string proverId, string entryId, Credits amount, CancellationToken cancellationToken = default)
    {
        ThrowIfMalformed(nameof(proverId), proverId);
        ThrowIfMalformed(nameof(entryId), entryId);
        return _calls.RepeatAsync(
            $"Unbonding {entryId} of {proverId}", () => grains.GetGrain<IProverGrain>(proverId).UnbondStakeAsync(entryId, amount), cancellationToken);
    }

    public Task<ScoreAnswer> GetProverScoreAsync(string proverId, CancellationToken cancellationToken = default)
    {
        ThrowIfMalformed(nameof(proverId), proverId);
        return _calls.RepeatAsync($"Score of {proverId}", () => grains.GetGrain<IProverGrain>(proverId).GetScoreAsync(), cancellationToken);
    }

    private MarketProofHandle HandleOf(string requestId, bool isAccepted) => new(requestId, isAccepted, grains, _calls, options.Value.LongPoll);

    private static void ThrowIfMalformed(string parameter, string id)
    {
        if (Ids.Check(parameter, id) is { } refusal) throw new ArgumentException(refusal.ToString(), parameter);
    }
}
