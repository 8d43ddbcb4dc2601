using System.Collections.Immutable;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Provers;
using ProvingMarket.Grains.Requests;

namespace ProvingMarket.Simulation.Records;

/// <summary>A record of the market became another, durably.</summary>
/// <param name="Key">The id of what it is about.</param>
internal abstract record DurableChange(string Key);

/// <summary>An account changed.</summary>
/// <param name="Key">The account.</param>
/// <param name="Before">As it was; <see cref="AccountState.Empty"/> for a new one.</param>
/// <param name="After">As it is.</param>
/// <param name="NewEntries">The movements applied by this change.</param>
internal sealed record AccountChanged(
    string Key, AccountState Before, AccountState After, ImmutableArray<LedgerEntry> NewEntries) : DurableChange(Key);

/// <summary>A prover's record in its registry shard changed.</summary>
/// <param name="Key">The prover.</param>
/// <param name="Before">As it was; null for a new one.</param>
/// <param name="After">As it is.</param>
internal sealed record ProverChanged(string Key, ProverRecord? Before, ProverRecord After) : DurableChange(Key);

/// <summary>A request's body was written.</summary>
/// <param name="Key">The request.</param>
/// <param name="Before">As it was; null when it is the first.</param>
/// <param name="After">The body.</param>
internal sealed record BodyWritten(string Key, StoredRequest? Before, StoredRequest After) : DurableChange(Key);

/// <summary>A request's lifecycle moved.</summary>
/// <param name="Key">The request.</param>
/// <param name="Before">As it was; null when it is the first.</param>
/// <param name="After">As it is.</param>
internal sealed record RequestChanged(string Key, RequestState? Before, RequestState After) : DurableChange(Key);

/// <summary>Of a request only that there was one is kept from now on.</summary>
/// <param name="Key">The request.</param>
/// <param name="Before">As it was; null when there was none.</param>
/// <param name="Left">What is kept.</param>
internal sealed record RequestForgotten(string Key, RequestState? Before, RequestState Left) : DurableChange(Key);

/// <summary>A record of a request or of one of its runs was deleted.</summary>
/// <param name="Key">The request.</param>
/// <param name="Record">What it was.</param>
internal sealed record RecordDeleted(string Key, object Record) : DurableChange(Key);

/// <summary>A run changed, of whatever mechanism.</summary>
/// <param name="Key">The run's key.</param>
/// <param name="Before">As it was; null for a new one.</param>
/// <param name="After">As it is.</param>
internal sealed record RunChanged(string Key, IMechanismState? Before, IMechanismState After) : DurableChange(Key);

/// <summary>The stake that is on its way from a prover's account to the registry changed.</summary>
/// <param name="Key">The prover.</param>
/// <param name="After">As it is.</param>
internal sealed record PendingStakeChanged(string Key, ProverState After) : DurableChange(Key);

/// <summary>The open requests of a watch shard changed.</summary>
/// <param name="Key">The shard.</param>
/// <param name="After">As it is.</param>
internal sealed record WatchChanged(string Key, RequestWatchState After) : DurableChange(Key);

/// <summary>The order book of a program changed.</summary>
/// <param name="Key">The program.</param>
/// <param name="After">As it is.</param>
internal sealed record BookChanged(string Key, AskBook After) : DurableChange(Key);
