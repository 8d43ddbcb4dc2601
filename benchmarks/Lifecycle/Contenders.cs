using ProvingMarket.Benchmarks.Lifecycle.Log;
using ProvingMarket.Benchmarks.Lifecycle.Market;
using ProvingMarket.Benchmarks.Lifecycle.PostgreSql;

namespace ProvingMarket.Benchmarks.Lifecycle;

/// <summary>Everything that can be measured, by name.</summary>
internal static class Contenders
{
    /// <summary>The market as it is meant to be run; the others are measured against it.</summary>
    public const string Reference = "market-sqlite";

    /// <summary>In the order in which they are run.</summary>
    public static readonly IReadOnlyList<Contender> All =
    [
        new(Reference, "market", "the market on SQLite, client in the same process", scale => MarketContender.OnSqliteAsync(scale, MarketContender.InProcessAsync)),
        new("market-sqlite-gateway", "market", "the same, client in a process of its own, over TCP", scale => MarketContender.OnSqliteAsync(scale, RemoteClient.MeasureAsync)),
        new("market-postgres", "storage", "the market on PostgreSQL, client in the same process", scale => MarketContender.OnPostgreSqlAsync(scale, MarketContender.InProcessAsync)),
        new("postgres-steps", "postgres", "a hand-written job table, one transaction a step, SKIP LOCKED", scale => JobTableContender.StartAsync(scale, database => new TransactionEach(database))),
        new("postgres-batches", "postgres", "the same, micro-batched", scale => JobTableContender.StartAsync(scale, database => new MicroBatches(database))),
        new("market-memory", "memory", "the market on memory that is lost at exit: what durability costs", scale => MarketContender.InMemoryAsync(scale, MarketContender.InProcessAsync)),
        new("log", "memory", "no market at all: five records of a log with group commit", _ => Task.FromResult<IContender>(new LogContender())),
    ];

    /// <summary>Groups that can be asked for beside the market itself.</summary>
    public static IEnumerable<string> Peers => All.Select(contender => contender.Group).Distinct().Except(["market"]);

    /// <summary>What is in these groups, or has these names.</summary>
    public static IReadOnlyList<Contender> Choose(IReadOnlyCollection<string> against, IReadOnlyCollection<string> only) => only.Count > 0
        ? [.. All.Where(contender => only.Contains(contender.Name))]
        : [.. All.Where(contender => contender.Group == "market" || against.Contains(contender.Group))];
}

/// <summary>Something to measure.</summary>
internal sealed record Contender(string Name, string Group, string Description, Func<Scale, Task<IContender>> StartAsync);
