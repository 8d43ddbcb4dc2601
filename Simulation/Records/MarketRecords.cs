using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Programs;
using ProvingMarket.Grains.Provers;
using ProvingMarket.Grains.Requests;

namespace ProvingMarket.Simulation.Records;

/// <summary>Everything of the market that is durable, kept up to date write by write. It sees what storage holds, never what a grain has in
/// memory.</summary>
internal sealed class MarketRecords
{
    private readonly Dictionary<string, AccountState> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProverRecord> _provers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredRequest> _bodies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RequestState> _requests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredProof> _proofs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RaceState> _races = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProverState> _pendingStake = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RequestWatchState> _watches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RegistryState> _shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Bytes> _programs = new(StringComparer.Ordinal);

    /// <summary>Accounts by id.</summary>
    public IReadOnlyDictionary<string, AccountState> Accounts => _accounts;

    /// <summary>Provers of all registry shards, by id.</summary>
    public IReadOnlyDictionary<string, ProverRecord> Provers => _provers;

    /// <summary>Bodies of requests, by id.</summary>
    public IReadOnlyDictionary<string, StoredRequest> Bodies => _bodies;

    /// <summary>Lifecycles of requests, by id.</summary>
    public IReadOnlyDictionary<string, RequestState> Requests => _requests;

    /// <summary>Accepted proofs, by request.</summary>
    public IReadOnlyDictionary<string, StoredProof> Proofs => _proofs;

    /// <summary>Races, by run key.</summary>
    public IReadOnlyDictionary<string, RaceState> Races => _races;

    /// <summary>Stake on its way, by prover.</summary>
    public IReadOnlyDictionary<string, ProverState> PendingStake => _pendingStake;

    /// <summary>Requests that are watched over, by shard.</summary>
    public IReadOnlyDictionary<string, RequestWatchState> Watches => _watches;

    /// <summary>Verification keys of registered programs, by id.</summary>
    public IReadOnlyDictionary<string, Bytes> Programs => _programs;

    /// <summary>How many requests have a body and are not final; those that can still move.</summary>
    public int OpenRequests { get; private set; }

    /// <summary>True when no request is open, and nothing is held, leased, on its way or watched.</summary>
    public bool IsAtRest => OpenRequests == 0
        && _accounts.Values.All(account => account.Holds.IsEmpty)
        && _provers.Values.All(prover => prover.Leases.IsEmpty)
        && _pendingStake.Values.All(pending => pending.PendingStake.IsEmpty)
        && _watches.Values.All(watch => watch.Open.IsEmpty);

    /// <summary>Takes a write in and says what it changed. Records of grains that are not the market's, such as reminders, change nothing.</summary>
    public ImmutableArray<DurableChange> Apply(string key, object state) => state switch
    {
        AccountState account => [Account(key, account)],
        RegistryState shard => Registry(key, shard),
        StoredRequest body => [Body(key, body)],
        RequestState request => [Request(key, request)],
        StoredProof proof => [new ProofWritten(key, Replace(_proofs, key, proof), proof)],
        RaceState race => [new RaceChanged(key, Replace(_races, key, race), race)],
        ProverState prover => [Pending(key, prover)],
        RequestWatchState watch => [Watch(key, watch)],
        ProgramState program => Program(key, program),
        _ => [],
    };

    private AccountChanged Account(string id, AccountState after)
    {
        var before = Replace(_accounts, id, after) ?? AccountState.Empty;
        return new AccountChanged(id, before, after, Added(before.Applied, after.Applied));
    }

    private ImmutableArray<DurableChange> Registry(string shard, RegistryState after)
    {
        var before = Replace(_shards, shard, after) ?? RegistryState.Empty;
        var changes = ImmutableArray.CreateBuilder<DurableChange>();
        foreach (var (id, prover) in after.Provers)
        {
            if (before.Provers.TryGetValue(id, out var known) && ReferenceEquals(known, prover)) continue;
            _provers[id] = prover;
            changes.Add(new ProverChanged(id, known, prover));
        }
        changes.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        return changes.ToImmutable();
    }

    private BodyWritten Body(string id, StoredRequest body)
    {
        var before = Replace(_bodies, id, body);
        if (before is null) OpenRequests++;
        return new BodyWritten(id, before, body);
    }

    private RequestChanged Request(string id, RequestState after)
    {
        var before = Replace(_requests, id, after);
        if (after.Phase.IsFinal() && before?.Phase.IsFinal() != true) OpenRequests--;
        return new RequestChanged(id, before, after);
    }

    private PendingStakeChanged Pending(string prover, ProverState state)
    {
        _pendingStake[prover] = state;
        return new PendingStakeChanged(prover, state);
    }

    private WatchChanged Watch(string shard, RequestWatchState state)
    {
        _watches[shard] = state;
        return new WatchChanged(shard, state);
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

    private static ImmutableArray<KeyValuePair<string, TValue>> Added<TValue>(
        ImmutableDictionary<string, TValue> before, ImmutableDictionary<string, TValue> after)
    {
        if (ReferenceEquals(before, after)) return [];
        var added = ImmutableArray.CreateBuilder<KeyValuePair<string, TValue>>();
        foreach (var entry in after)
        {
            if (!before.ContainsKey(entry.Key)) added.Add(entry);
        }
        // The order of a hash table differs from process to process; a replay must not.
        added.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        return added.ToImmutable();
    }
}
