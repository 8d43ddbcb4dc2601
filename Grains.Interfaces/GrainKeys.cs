using System.Globalization;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Grains.Interfaces;

/// <summary>Every key format of the market, in one place.</summary>
public static class GrainKeys
{
    /// <summary>Shards that watch over open requests; fixed for the life of a cluster's data.</summary>
    public const int WatchShards = 16;

    /// <summary>Key of grains that exist once, or whose activations are interchangeable.</summary>
    public const long Single = 0;

    /// <summary>Key of a run: the request and the stage of its plan.</summary>
    public static string Run(string requestId, int stage) => string.Create(CultureInfo.InvariantCulture, $"{requestId}/{stage}");

    /// <summary>The request and stage of a run's key.</summary>
    public static (string RequestId, int Stage) OfRun(string runKey)
    {
        var slash = runKey.LastIndexOf('/');
        return (runKey[..slash], int.Parse(runKey.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    /// <summary>The run that gave an order to a book, from the order's id: the run's key, a slash and a number.</summary>
    public static string RunOfBookOrder(string orderId) => orderId[..orderId.LastIndexOf('/')];

    /// <summary>Key of the proof of a batch's statement: the run, and the digest that binds the proof to its prover.</summary>
    public static string BatchProof(string runKey, string digest) => $"{runKey}/{digest}";

    /// <summary>Key of what a requester's committees for a program remember.</summary>
    public static string Committee(string account, string programId) => $"{account}/{programId}";

    /// <summary>Id of a prover's lease on a run.</summary>
    public static string Lease(string runKey, string proverId) => $"{runKey}/{proverId}";

    /// <summary>The registry shard of a prover.</summary>
    /// <param name="proverId">The prover.</param>
    /// <param name="shards">How many there are: a setting of the silos, fixed for the life of a cluster's data.</param>
    public static long RegistryShard(string proverId, int shards) => Shard(proverId, shards);

    /// <summary>The watch shard of a request.</summary>
    public static long WatchShard(string requestId) => Shard(requestId, WatchShards);

    /// <summary>The account that receives what belongs to nobody else.</summary>
    public const string TreasuryAccount = SettlementRules.TreasuryAccount;

    private static long Shard(string id, int shards)
    {
        var hash = IdHash.Of(id);
        return (long)((hash ^ (hash >> 32)) % (ulong)shards);
    }
}
