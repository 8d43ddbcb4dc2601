using System.Collections.Immutable;
using ProvingMarket.Domain.Routing;

namespace ProvingMarket.Grains.Routing;

/// <summary>What a silo's routers know of one program at one moment.</summary>
/// <param name="Supply">Its provers.</param>
/// <param name="TakenAt">When they were asked for.</param>
internal sealed record ProgramView(ProgramSupply Supply, DateTimeOffset TakenAt);

/// <summary>What all registry shards reported at one moment.</summary>
/// <param name="Shards">The reports, by shard.</param>
/// <param name="TakenAt">When they were asked for.</param>
internal sealed record SupplyView(ImmutableArray<SupplyReport> Shards, DateTimeOffset TakenAt);
