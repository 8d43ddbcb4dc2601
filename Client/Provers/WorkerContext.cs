using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Proofs;

namespace ProvingMarket.Client.Provers;

/// <summary>What the parts of a worker share. Fixed for the life of its process.</summary>
internal sealed class WorkerContext
{
    public required ProverWorkerOptions Options { get; init; }

    public required ProverOffer Offer { get; init; }

    /// <summary>Tells this start of the process from others of the same prover.</summary>
    public required string Session { get; init; }

    public required IGrainFactory Grains { get; init; }

    public required CircuitCatalog Catalog { get; init; }

    public required IProverBackend Backend { get; init; }

    /// <summary>What proofs and their public inputs are looked at with.</summary>
    public required ProofSystems ProofSystems { get; init; }

    /// <summary>The verification keys of the programs offered, by program id, as far as their proof systems are known here: what is proved for one of these is verified before it is delivered.</summary>
    public IReadOnlyDictionary<string, IPreparedKey> Keys { get; init; } = FrozenDictionary<string, IPreparedKey>.Empty;

    /// <summary>The programs for which no work is taken for a while.</summary>
    public SuspendedPrograms Suspended { get; } = new();

    /// <summary>The clock of this machine.</summary>
    public required TimeProvider Time { get; init => (field, MarketClock) = (value, new MarketClock(value)); }

    /// <summary>What the market has told of its clock.</summary>
    public MarketClock MarketClock { get; private init; } = null!;

    public required IRandomness Randomness { get; init; }

    public required ProverMetrics Metrics { get; init; }

    public required IReadOnlyList<IProverEvents> Listeners { get; init; }

    public required ILogger Logger { get; init; }

    public string ProverId => Options.ProverId;

    /// <summary>The time by the market's clock.</summary>
    public DateTimeOffset Now => MarketClock.Now;

    /// <summary>Repeats calls until they are answered or their token is cancelled, whatever goes wrong: a worker outlives every outage.</summary>
    public RepeatedCalls Calls => field ??= new RepeatedCalls(Options.BackOff, TimeSpan.MaxValue, static _ => true, Randomness, Time, Logger);

    public void Publish(
        ProverEventKind kind, string runKey = "", ReasonCode reason = ReasonCode.None, Credits? reward = null, TimeSpan? proving = null, string detail = "",
        int? statement = null, int statements = 0)
    {
        var happened = new ProverEvent
        {
            Kind = kind, ProverId = ProverId, At = Time.GetUtcNow(), RunKey = runKey, Reason = reason, Reward = reward, Proving = proving, Detail = detail,
            Statement = statement, Statements = statements,
        };
        for (var i = 0; i < Listeners.Count; i++)
        {
            try
            {
                Listeners[i].OnEvent(happened);
            }
            catch (Exception exception)
            {
                Logger.ListenerFailed(exception, kind);
            }
        }
    }
}
