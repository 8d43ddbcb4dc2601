using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Client;

/// <summary>The market as a service sees it. Every call carries an id chosen by the caller and is repeated by itself while its outcome is
/// unknown (<see cref="MarketClientOptions"/>), so it has its effect once. Safe for use by many threads.</summary>
/// <remarks>Every method throws <see cref="MarketUnavailableException"/> when the market stays away for longer than
/// <see cref="MarketClientOptions.GiveUpAfter"/>, and <see cref="OperationCanceledException"/> when its token is cancelled; both leave the
/// outcome open until the same call is made again.</remarks>
public interface IProvingMarketClient
{
    /// <summary>Asks for a proof. Once accepted, the request is durable and its price is held.</summary>
    /// <param name="request">The request; the same id with the same body is the same request, however often it is sent.</param>
    /// <param name="cancellationToken">Ends the waiting, not the request: use <see cref="ProofHandle.CancelAsync"/> for that.</param>
    /// <returns>The handle, or why the market refused.</returns>
    Task<ProveResult> ProveAsync(ProofRequestSpec request, CancellationToken cancellationToken = default);

    /// <summary>What the market would expect of a request and how it would serve it, without submitting it: for every mechanism instance the chance to deliver
    /// by the deadlines, time and price, and whether it is feasible, the recommended one first.</summary>
    /// <param name="request">The request; a mechanism it names is left aside, and so are its inputs and whether the account can pay.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task<RouteAnswer> QuoteAsync(ProofRequestSpec request, CancellationToken cancellationToken = default);

    /// <summary>A handle on a request that was submitted earlier, for example before this process was restarted. Makes no call.</summary>
    /// <exception cref="ArgumentException">The id is not well-formed.</exception>
    ProofHandle Attach(string requestId);

    /// <summary>Registers a program under the id that follows from its proof system and key. Registering it again changes nothing.</summary>
    Task<ProgramAnswer> RegisterProgramAsync(ProgramDefinition definition, CancellationToken cancellationToken = default);

    /// <summary>What the market knows of a program; refuses with <see cref="ReasonCode.ProgramUnknown"/>.</summary>
    Task<ProgramAnswer> GetProgramAsync(string programId, CancellationToken cancellationToken = default);

    /// <summary>The balances of an account; an account nobody has paid into is empty.</summary>
    /// <exception cref="ArgumentException">The account id is not well-formed.</exception>
    Task<AccountBalance> GetBalanceAsync(string account, CancellationToken cancellationToken = default);

    /// <summary>Brings money into the market.</summary>
    /// <param name="account">The account to credit.</param>
    /// <param name="entryId">Makes the deposit happen once, however often it is sent.</param>
    /// <param name="amount">How much; positive.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The account or entry id is not well-formed.</exception>
    Task<AccountAnswer> DepositAsync(string account, string entryId, Credits amount, CancellationToken cancellationToken = default);

    /// <summary>Takes money out of the market.</summary>
    /// <param name="account">The account to debit.</param>
    /// <param name="entryId">Makes the withdrawal happen once, however often it is sent.</param>
    /// <param name="amount">How much; positive. More than is available is refused with <see cref="ReasonCode.BalanceInsufficient"/>,
    /// and then for good: to try again, use another entry id.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The account or entry id is not well-formed.</exception>
    Task<AccountAnswer> WithdrawAsync(string account, string entryId, Credits amount, CancellationToken cancellationToken = default);

    /// <summary>Moves stake back to a prover's account once the market's delay is over and no bond needs it; the market does it by itself. Until then it can be
    /// slashed, and nothing new can be bonded on it.</summary>
    /// <param name="proverId">The prover.</param>
    /// <param name="entryId">Makes it happen once, however often it is sent; sent again later, the answer says how far it is.</param>
    /// <param name="amount">How much; positive.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The prover or entry id is not well-formed.</exception>
    Task<UnbondAnswer> UnbondStakeAsync(string proverId, string entryId, Credits amount, CancellationToken cancellationToken = default);

    /// <summary>How the market sees a prover: what was measured against what it declares, its reputation, why it was chosen or not, and what would win it more work.
    /// Refuses with <see cref="ReasonCode.ProverUnknown"/>.</summary>
    /// <exception cref="ArgumentException">The prover id is not well-formed.</exception>
    Task<ScoreAnswer> GetProverScoreAsync(string proverId, CancellationToken cancellationToken = default);

    /// <summary>Moves credits from a prover's account to its stake. The prover must have connected once. Null when it is done, else why not.</summary>
    /// <param name="proverId">The prover.</param>
    /// <param name="entryId">Makes the deposit happen once, however often it is sent.</param>
    /// <param name="amount">How much; positive.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The prover or entry id is not well-formed.</exception>
    Task<Refusal?> DepositStakeAsync(string proverId, string entryId, Credits amount, CancellationToken cancellationToken = default);
}
