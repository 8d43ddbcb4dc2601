using FsCheck;
using FsCheck.Fluent;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Grains.Interfaces.Routing;
using ProvingMarket.Grains.Interfaces.Tests.Contracts;

namespace ProvingMarket.Grains.Interfaces.Tests;

public sealed class GrainKeysTests
{
    private static readonly Gen<string> Ids = Gen.Elements("abcXYZ019._-:".ToCharArray()).NonEmptyListOf().Select(letters => string.Concat(letters));

    /// <summary>What every grain of the market is keyed by. A new interface must be entered here.</summary>
    private static readonly Dictionary<Type, object> Keys = new()
    {
        [typeof(IAccountGrain)] = "account",
        [typeof(IProgramGrain)] = new string('a', 64),
        [typeof(IProverGrain)] = "prover",
        [typeof(IProofRequestGrain)] = "request",
        [typeof(IMechanismRunGrain)] = GrainKeys.Run("request", 0),
        [typeof(IBatchProofGrain)] = GrainKeys.BatchProof(GrainKeys.Run("request", 0), new string('a', 64)),
        [typeof(ICommitteeGrain)] = GrainKeys.Committee("account", new string('a', 64)),
        [typeof(ICooperativeRunGrain)] = GrainKeys.Run("request", 0),
        [typeof(IElectedRaceRunGrain)] = GrainKeys.Run("request", 0),
        [typeof(IRaceRunGrain)] = GrainKeys.Run("request", 0),
        [typeof(IRandomElectionRunGrain)] = GrainKeys.Run("request", 0),
        [typeof(IDutchAuctionRunGrain)] = GrainKeys.Run("request", 0),
        [typeof(IOrderBookRunGrain)] = GrainKeys.Run("request", 0),
        [typeof(IMarketStatisticsGrain)] = GrainKeys.Single,
        [typeof(IOutcomeCollectorGrain)] = GrainKeys.Single,
        [typeof(IRequesterGrain)] = "account",
        [typeof(IOrderBookGrain)] = new string('a', 64),
        [typeof(ISealedBidRunGrain)] = GrainKeys.Run("request", 0),
        [typeof(IMechanismRouterGrain)] = GrainKeys.Single,
        [typeof(IProofVerifierGrain)] = GrainKeys.Single,
        [typeof(ITaskRegistryGrain)] = GrainKeys.RegistryShard("prover", 16),
        [typeof(IRegistryGrain)] = GrainKeys.Single,
        [typeof(IMarketLayoutGrain)] = GrainKeys.Single,
        [typeof(IMarketStatisticsGrain)] = GrainKeys.Single,
        [typeof(IOutcomeCollectorGrain)] = GrainKeys.Single,
        [typeof(IRequesterGrain)] = "account",
        [typeof(IRequestWatchGrain)] = GrainKeys.WatchShard("request"),
    };

    [Fact]
    public void Every_grain_has_the_kind_of_key_that_its_key_is()
    {
        // Interfaces that only split another by its callers have no grains of their own.
        var market = ContractTests.Market.Interfaces.Where(type => type.Assembly == typeof(GrainKeys).Assembly && !typeof(IGrainObserver).IsAssignableFrom(type)).ToArray();
        var parts = market.SelectMany(type => type.GetInterfaces()).Where(type => !Keys.ContainsKey(type)).ToHashSet();
        Assert.Equal(Keys.Keys.OrderBy(type => type.Name), market.Except(parts).OrderBy(type => type.Name));
        foreach (var (type, key) in Keys)
            Assert.Equal(key is long ? nameof(IGrainWithIntegerKey) : nameof(IGrainWithStringKey), Assert.Single(InterfaceRules.KeysOf(type)).Name);
    }

    [Fact]
    public void The_key_of_a_run_gives_back_request_and_stage() => Check.One(
        Config.QuickThrowOnFailure, Prop.ForAll(Ids.Zip(Gen.Choose(0, int.MaxValue)).ToArbitrary(), pair =>
        {
            var key = GrainKeys.Run(pair.Item1, pair.Item2);
            Assert.Equal(pair, GrainKeys.OfRun(key));
            Assert.NotNull(Domain.Ids.Check("requestId", key)); // no request can have the key of a run for its id
        }));

    [Fact]
    public void A_lease_is_named_after_its_run_and_its_prover()
    {
        Assert.Equal("r:1/0/p.2", GrainKeys.Lease(GrainKeys.Run("r:1", 0), "p.2"));
        Assert.NotEqual(GrainKeys.Lease(GrainKeys.Run("r", 1), "p"), GrainKeys.Lease(GrainKeys.Run("r", 11), "p"));
    }

    // Stored data is found by these: another result for the same id would lose a prover's stake.
    [Theory]
    [InlineData("p1", 13)]
    [InlineData("prover-a", 2)]
    [InlineData("A very long prover name that nobody would choose, but somebody might", 7)]
    public void Shards_never_move(string id, long shard)
    {
        Assert.Equal(shard, GrainKeys.RegistryShard(id, 16));
        Assert.Equal(shard, GrainKeys.WatchShard(id));
    }

    [Fact]
    public void Shards_are_in_range_and_the_same_every_time() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Ids.ToArbitrary(), id =>
    {
        Assert.InRange(GrainKeys.RegistryShard(id, 16), 0, 15);
        Assert.Equal(0, GrainKeys.RegistryShard(id, 1));
        Assert.InRange(GrainKeys.WatchShard(id), 0, GrainKeys.WatchShards - 1);
        Assert.Equal(GrainKeys.RegistryShard(id, 16), GrainKeys.RegistryShard(string.Concat(id), 16));
    }));

    [Fact]
    public void Shards_are_used_evenly()
    {
        var counts = Enumerable.Range(0, 16_000).CountBy(i => GrainKeys.RegistryShard($"prover-{i}", 16)).ToDictionary();
        Assert.Equal(16, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 800, 1200));
    }
}
