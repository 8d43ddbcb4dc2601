using ProvingMarket.Domain;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>A prover's grain as its worker meets it.</summary>
internal sealed class FakeProver : IProverGrain
{
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    /// <summary>When a worker with the fake randomness renews.</summary>
    public static readonly TimeSpan RenewsAfter = RenewEvery * 0.8;

    public Script<(ProverOffer Offer, string Session, IProverObserver Observer), ConnectAnswer> Connects { get; } =
        new(_ => new ConnectAnswer { RenewEvery = RenewEvery });

    public Script<string, RenewAnswer> Renewals { get; } = new(_ => new RenewAnswer());

    public Script<string, bool> Drains { get; } = new(_ => true);

    public Script<string, bool> Disconnects { get; } = new(_ => true);

    public Script<(string EntryId, Credits Amount), Refusal?> Stakes { get; } = new(_ => null);

    public Task<ConnectAnswer> ConnectAsync(ProverOffer offer, string session, IProverObserver observer) => Connects.CallAsync((offer, session, observer));

    public Task<RenewAnswer> RenewAsync(string session, IProverObserver observer) => Renewals.CallAsync(session);

    public Task DrainAsync(string session) => Drains.CallAsync(session);

    public Task DisconnectAsync(string session) => Disconnects.CallAsync(session);

    public Task<Refusal?> DepositStakeAsync(string entryId, Credits amount) => Stakes.CallAsync((entryId, amount));

    public Script<(string EntryId, Credits Amount), UnbondAnswer> Unbondings { get; } = new(_ => new UnbondAnswer());

    public Task<UnbondAnswer> UnbondStakeAsync(string entryId, Credits amount) => Unbondings.CallAsync((entryId, amount));

    public Task ResumeStakeAsync() => throw new NotSupportedException("Not for workers.");

    public Task InviteAsync(Invitation invitation) => throw new NotSupportedException("Not for workers.");

    public Task StopWorkAsync(StopWork stop) => throw new NotSupportedException("Not for workers.");

    public Task<ScoreAnswer> GetScoreAsync() => throw new NotSupportedException("Not for workers.");
}
