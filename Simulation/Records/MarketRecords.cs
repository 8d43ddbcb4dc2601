using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Mechanisms.OrderBook;
using ProvingMarket.Grains.Programs;
using ProvingMarket.Grains.Provers;
using ProvingMarket.Grains.Registry;
using ProvingMarket.Grains.Requests;

namespace ProvingMarket.Simulation.Records;

/// <summary>Everything of the market that is durable, kept up to date write by write. It sees what storage holds, never what a grain has in
/// memory.</summary>
internal sealed class MarketRecords
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(10_000);

    private readonly Dictionary<string, AccountState> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProverRecord> _provers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredRequest> _bodies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RequestState> _requests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredBatchProof> _batchProofs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IMechanismState> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProverState> _pendingStake = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RequestWatchState> _watches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AskBook> _books = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Account, string EntryId), LedgerEntry> _entries = [];
    private readonly Dictionary<string, Bytes> _programs = new(StringComparer.Ordinal);

    /// <summary>Accounts by id.</summary>
    public IReadOnlyDictionary<string, AccountState> Accounts => _accounts;

    /// <summary>Provers of all registry shards, by id.</summary>
    public IReadOnlyDictionary<string, ProverRecord> Provers => _provers;

    /// <summary>Bodies of requests, by id.</summary>
    public IReadOnlyDictionary<string, StoredRequest> Bodies => _bodies;

    /// <summary>Lifecycles of requests, by id.</summary>
    public IReadOnlyDictionary<string, RequestState> Requests => _requests;

    /// <summary>Proofs of batches, by their keys.</summary>
    public IReadOnlyDictionary<string, StoredBatchProof> BatchProofs => _batchProofs;

    /// <summary>Runs of all mechanisms, by run key.</summary>
    public IReadOnlyDictionary<string, IMechanismState> Runs => _runs;

    /// <summary>Stake on its way, by prover.</summary>
    public IReadOnlyDictionary<string, ProverState> PendingStake => _pendingStake;

    /// <summary>Requests that are watched over, by shard.</summary>
    public IReadOnlyDictionary<string, RequestWatchState> Watches => _watches;

    /// <summary>Order books, by program.</summary>
    public IReadOnlyDictionary<string, AskBook> Books => _books;

    /// <summary>Verification keys of registered programs, by id.</summary>
    public IReadOnlyDictionary<string, Bytes> Programs => _programs;

    /// <summary>How many requests have a body and are not final; those that can still move.</summary>
    public int OpenRequests { get; private set; }

    /// <summary>True when no request is open, and nothing is held, leased, filled, on its way or watched.</summary>
    public bool IsAtRest => OpenRequests == 0
        && _accounts.Values.All(account => account.Holds.IsEmpty)
        && _provers.Values.All(prover => prover.Leases.IsEmpty)
        && _pendingStake.Values.All(pending => pending.PendingStake.IsEmpty)
        && _watches.Values.All(watch => watch.Open.IsEmpty)
        && _books.Values.All(book => !book.Orders.Any());

    /// <summary>The proof that a request was won with; null when it was not, and for a batch.</summary>
    public AcceptedProof? ProofOf(string requestId) => _requests.TryGetValue(requestId, out var request) && request.Outcome == ReasonCode.Won
        ? _runs.GetValueOrDefault(GrainKeys.Run(requestId, request.Stage))?.Run.Report?.Proof
        : null;

    /// <summary>Where a request stands by all that is durable: by its own record, or by what follows from others and is not written. It is open when its body is there and its
    /// price is held; and it settles as its run says, when that was won and nothing is slashed. Null when it was not accepted.</summary>
    public RequestState? StandingOf(string requestId)
    {
        var own = _requests.GetValueOrDefault(requestId);
        if (own is { Phase: not RequestPhase.Open } || !_bodies.TryGetValue(requestId, out var body)) return own;
        if (own is null && _accounts.GetValueOrDefault(body.Spec.Account)?.Holds.ContainsKey(requestId) != true && FindEntry(body.Spec.Account, $"capture/{requestId}") is null) return null;
        var open = own ?? RequestLifecycle.Opened(body.Digest, body.SubmittedAt, body.Plan, body.Spec.MaxPrice, body.Spec.HardDeadline, body.SubmittedAt);
        return _runs.GetValueOrDefault(GrainKeys.Run(requestId, open.Stage))?.Run.Report is { } report && SettlementRules.FollowsFrom(report, open.Ended)
            ? RequestLifecycle.Decided(
                open, report, [], SettlementRules.Of(requestId, body.Spec.Account, body.Spec.MaxPrice, report, new SlashSplit(), report.EndedAt, open.Ended), report.EndedAt)
            : open;
    }

    /// <summary>Finds an entry of an account's ledger; null when there is none.</summary>
    public LedgerEntry? FindEntry(string account, string entryId) => _entries.GetValueOrDefault((account, entryId));

    /// <summary>Whether a record is one of a request's own that are deleted when its retention is over, and of which request.</summary>
    public static string? RequestOf(string key, object record) => record switch
    {
        StoredRequest or RequestState => key,
        IMechanismState => GrainKeys.OfRun(key).RequestId,
        StoredBatchProof => GrainKeys.OfRun(Owner(key)).RequestId,
        _ => null,
    };

    /// <summary>Takes a write in and says what it changed. What has been deleted stays known as it was last. Records of grains that are not the market's change nothing, and
    /// neither does a head in pieces: its pages have been seen.</summary>
    public ImmutableArray<DurableChange> Apply(string key, object state) => state switch
    {
        AccountPage page => AddPage(Owner(key), page),
        AccountHead { State: { } account } => [Account(key, account, [])],
        RegistryPage page => [.. page.Entries.Where(entry => entry.Prover is not null).Select(entry => Prover(entry.Prover!))],
        RegistryHead { State: { } shard } => [.. shard.Provers.Values.OrderBy(prover => prover.Offer.ProverId, StringComparer.Ordinal).Select(Prover)],
        RequestWatchPage page => [Watch(Owner(key), page)],
        RequestWatchHead { State: { } shard } => [Watch(key, shard)],
        OrderBookPage page => [Book(Owner(key), page.Entries.Aggregate(_books.GetValueOrDefault(Owner(key), AskBook.Empty), OrderBookJournal.Shape.Apply))],
        OrderBookHead { State: { } book } => [Book(key, book)],
        StoredRequest body => [Body(key, body)],
        RequestState request => [Request(key, request)],
        StoredBatchProof proof => BatchProof(key, proof),
        IMechanismState run => [new RunChanged(key, Replace(_runs, key, run), run)],
        ProverState prover => [Pending(key, prover)],
        ProgramState program => Program(key, program),
        _ => [],
    };

    /// <summary>The owner of a journal, from the key of one of its pages.</summary>
    private static string Owner(string page) => page[..page.LastIndexOf('/')];

    private ImmutableArray<DurableChange> AddPage(string id, AccountPage page)
    {
        var state = _accounts.GetValueOrDefault(id, AccountState.Empty);
        foreach (var entry in page.Entries)
        {
            state = AccountRules.Apply(state, entry, Forever);
            _entries.TryAdd((id, entry.EntryId), entry);
        }
        return [Account(id, state, page.Entries)];
    }

    private AccountChanged Account(string id, AccountState after, ImmutableArray<LedgerEntry> entries) =>
        new(id, Replace(_accounts, id, after) ?? AccountState.Empty, after, entries);

    private ProverChanged Prover(ProverRecord after)
    {
        var id = after.Offer.ProverId;
        return new ProverChanged(id, Replace(_provers, id, after), after);
    }

    private BodyWritten Body(string id, StoredRequest body)
    {
        var before = Replace(_bodies, id, body);
        if (before is null) OpenRequests++;
        return new BodyWritten(id, before, body);
    }

    private DurableChange Request(string id, RequestState after)
    {
        if (after.ForgottenAt is not null) return new RequestForgotten(id, _requests.GetValueOrDefault(id), after);
        var before = Replace(_requests, id, after);
        if (after.Phase.IsFinal() && before?.Phase.IsFinal() != true) OpenRequests--;
        return new RequestChanged(id, before, after);
    }

    private PendingStakeChanged Pending(string prover, ProverState state)
    {
        _pendingStake[prover] = state;
        return new PendingStakeChanged(prover, state);
    }

    private WatchChanged Watch(string shard, RequestWatchPage page) =>
        Watch(shard, page.Entries.Aggregate(_watches.GetValueOrDefault(shard, RequestWatchJournal.Shape.Initial), RequestWatchJournal.Shape.Apply));

    private WatchChanged Watch(string shard, RequestWatchState state)
    {
        _watches[shard] = state;
        return new WatchChanged(shard, state);
    }

    private BookChanged Book(string program, AskBook book)
    {
        _books[program] = book;
        return new BookChanged(program, book);
    }

    private ImmutableArray<DurableChange> BatchProof(string key, StoredBatchProof proof)
    {
        _batchProofs[key] = proof;
        return [];
    }

    private ImmutableArray<DurableChange> Program(string id, ProgramState program)
    {
        _programs[id] = program.Definition.VerificationKey;
        return [];
    }

    private static TRecord? Replace<TRecord>(Dictionary<string, TRecord> records, string key, TRecord record)
        where TRecord : class
    {
        var before = records.GetValueOrDefault(key);
        records[key] = record;
        return before;
    }
}
