namespace ProvingMarket.Benchmarks.Lifecycle;

/// <summary>Something that takes proof jobs through their whole life: the market, or what it is compared with. One run each: started empty, measured once,
/// audited, thrown away.</summary>
internal interface IContender : IAsyncDisposable
{
    /// <summary>Runs lifecycles in a closed loop: so many at once, each followed by the next.</summary>
    Task<Sample> MeasureAsync(int concurrency, Timing timing);

    /// <summary>Adds up money, capacity and counts from what is there now, and again from what is durable where that can be asked.</summary>
    /// <exception cref="AuditException">Something does not add up.</exception>
    Task AuditAsync(long lifecycles);
}

/// <summary>How long to measure.</summary>
internal sealed record Timing(TimeSpan WarmUp, TimeSpan Measured);

/// <summary>The size of the market that is measured; the same for all contenders.</summary>
internal sealed record Scale
{
    public required int Provers { get; init; }

    public required int Requesters { get; init; }

    /// <summary>Proofs a prover can work on at once.</summary>
    public required int Slots { get; init; }

    /// <summary>Provers that may take one request; 0 for all.</summary>
    public required int Field { get; init; }

    /// <summary>Settings of the market's server that are not as they are shipped, by name.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    public string Requester(int loop) => $"requester-{loop % Requesters:d3}";

    public string Prover(long number) => $"prover-{number % Provers:d5}";

    public static string AccountOf(string prover) => $"{prover}-account";
}

/// <summary>Money of one lifecycle; the same for all contenders.</summary>
internal static class Money
{
    /// <summary>What every requester and every prover brings, in credits.</summary>
    public const long Funds = 1_000_000_000;

    /// <summary>Held when a request is created.</summary>
    public const long MaxPrice = 10;

    /// <summary>Paid for its proof; the rest is released.</summary>
    public const long Reward = 6;

    /// <summary>What every prover stakes.</summary>
    public const long Stake = 1_000_000;

    /// <summary>Put under a lease.</summary>
    public const long Bond = 1;
}

/// <summary>The books of a contender are wrong.</summary>
internal sealed class AuditException(string message) : Exception(message);
