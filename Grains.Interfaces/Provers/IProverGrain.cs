using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Routing.Scores;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Interfaces.Provers;

/// <summary>A prover, keyed by its id.</summary>
[Alias("pm.IProverGrain")]
public interface IProverGrain : IProverForWorkers, IProverForRuns
{
    /// <summary>Called by the silo at start: stake of the prover that is under way is looked after. A deposit that was cut off goes on; what leaves is paid within a
    /// minute once it may leave. Repeatable.</summary>
    [Alias("ResumeUnbonding")]
    Task ResumeStakeAsync();
}

/// <summary>What a prover's worker calls.</summary>
[Alias("pm.IProverForWorkers")]
public interface IProverForWorkers : IGrainWithStringKey
{
    /// <summary>Registers the offer and starts a session, in which invitations are pushed to <paramref name="observer"/>. A newer session
    /// replaces an older one. Repeatable.</summary>
    /// <param name="offer">What the prover commits to; durable before the answer.</param>
    /// <param name="session">Chosen by the worker at random for each start of its process.</param>
    /// <param name="observer">Receives invitations; dies with the worker's process.</param>
    [Alias("Connect")]
    Task<ConnectAnswer> ConnectAsync(ProverOffer offer, string session, IProverObserver observer);

    /// <summary>Keeps the session alive and returns what was pushed, in case a push was lost. Refuses with
    /// <see cref="ReasonCode.SessionUnknown"/> after a restart of the silo: connect again.</summary>
    [Alias("Renew")]
    Task<RenewAnswer> RenewAsync(string session, IProverObserver observer);

    /// <summary>The worker finishes what it has and wants nothing new. Repeatable.</summary>
    [Alias("Drain")]
    Task DrainAsync(string session);

    /// <summary>The worker leaves. Repeatable.</summary>
    [Alias("Disconnect")]
    Task DisconnectAsync(string session);

    /// <summary>Moves credits from the prover's account to its stake. Refuses with <see cref="ReasonCode.BalanceInsufficient"/>.
    /// Repeatable by <paramref name="entryId"/>.</summary>
    [Alias("DepositStake")]
    Task<Refusal?> DepositStakeAsync(string entryId, Credits amount);

    /// <summary>Moves stake back to the prover's account, after <c>Market:UnbondingDelay</c> and when no bond needs it any more; the market does that by itself
    /// within a minute. Until then it can be slashed, and nothing new can be bonded on it. Refuses with <see cref="ReasonCode.StakeInsufficient"/>, and more
    /// than <see cref="MarketLimits.Amount"/> under one entry with <see cref="ReasonCode.OutOfRange"/>. Repeatable by <paramref name="entryId"/>: the answer says how far it is.</summary>
    [Alias("UnbondStake")]
    Task<UnbondAnswer> UnbondStakeAsync(string entryId, Credits amount);

    /// <summary>How the market sees the prover: what was measured against what it declares, why it was chosen or not, and what would win it more work. Refuses
    /// with <see cref="ReasonCode.ProverUnknown"/> one that never connected. Changes nothing.</summary>
    [Alias("GetScore"), AlwaysInterleave]
    Task<ScoreAnswer> GetScoreAsync();
}

/// <summary>What runs call on one prover; what they have to say to many goes by the registry (<see cref="ITaskRegistryGrain.AnnounceAsync"/>). Never waits for the
/// worker: a slow one delays nobody.</summary>
[Alias("pm.IProverForRuns")]
public interface IProverForRuns : IGrainWithStringKey
{
    /// <summary>Invites the prover to a run; pushed to its worker and kept until it expires. Repeatable by run key.</summary>
    [Alias("Invite"), AlwaysInterleave]
    Task InviteAsync(Invitation invitation);

    /// <summary>A run is over: takes the invitation away and tells the worker to stop, and why. A worker that has won is not told; it knows from
    /// the answer to its proof. Repeatable; may be lost: who goes on is refused.</summary>
    [Alias("StopWork"), AlwaysInterleave, OneWay]
    Task StopWorkAsync(StopWork stop);
}

/// <summary>What a worker is told. Nobody waits for it or learns that it was lost; <see cref="IProverForWorkers.RenewAsync"/> repeats it.</summary>
[Alias("pm.IProverObserver")]
public interface IProverObserver : IGrainObserver
{
    /// <summary>There is a run to join.</summary>
    [Alias("Invited"), OneWay]
    Task InvitedAsync(Invitation invitation);

    /// <summary>A run is over for this prover.</summary>
    [Alias("Stopped"), OneWay]
    Task StoppedAsync(StopWork stop);
}

/// <summary>An invitation to a run.</summary>
[GenerateSerializer, Immutable, Alias("pm.Invitation")]
public sealed record Invitation
{
    /// <summary>The run to join.</summary>
    [Id(0)] public required string RunKey { get; init; }

    /// <summary>The grain that runs it, to be called as <see cref="Mechanisms.IRunForWorkers"/> whatever its mechanism.</summary>
    [Id(1)] public required GrainId RunGrain { get; init; }

    /// <summary>The program to prove.</summary>
    [Id(2)] public required string ProgramId { get; init; }

    /// <summary>Estimated work.</summary>
    [Id(3)] public required WorkUnits Work { get; init; }

    /// <summary>What the first valid proof is paid until the soft deadline; of a share of a batch, what all of it is paid.</summary>
    [Id(4)] public required Credits Reward { get; init; }

    /// <summary>The bond a lease takes.</summary>
    [Id(5)] public required Credits Bond { get; init; }

    /// <summary>Full reward until then.</summary>
    [Id(6)] public required DateTimeOffset SoftDeadline { get; init; }

    /// <summary>Nothing after that; the invitation expires.</summary>
    [Id(7)] public required DateTimeOffset HardDeadline { get; init; }

    /// <summary>The mechanism's name, for people and policies.</summary>
    [Id(8)] public required string Mechanism { get; init; }

    /// <summary>What is wanted of the prover.</summary>
    [Id(9)] public InvitationKind Kind { get; init; }

    /// <summary>By when an answer is wanted: later the run goes on without this prover. Null when any time before the hard deadline will do.</summary>
    [Id(10)] public DateTimeOffset? AnswerBy { get; init; }

    /// <summary>How the price rises to the reward, for whoever takes a lease on the price of that moment; null when the reward is fixed.</summary>
    [Id(11)] public PriceRamp? Ramp { get; init; }

    /// <summary>What whoever delivers first is paid beside the reward if the request is proved: the rescuer's share of the bonds that others had lost on it when this was
    /// written. Others may be lost later, on the same terms. Of a bond that a prover of one's own account has lost there is no share.</summary>
    [Id(12)] public Credits Rescue { get; init; }
}

/// <summary>What a run wants of a prover that it invites.</summary>
public enum InvitationKind
{
    /// <summary>To take a lease, if it likes: <see cref="Mechanisms.IRunForWorkers.JoinAsync"/>. There may be none left.</summary>
    Open = 0,
    /// <summary>To take up a lease that is reserved for it with <see cref="Mechanisms.IRunForWorkers.JoinAsync"/>, or to decline it, by
    /// <see cref="Invitation.AnswerBy"/>. Declining costs nothing; silence is counted.</summary>
    Assigned = 1,
    /// <summary>To bid under seal by <see cref="Invitation.AnswerBy"/>, and to reveal the bid afterwards
    /// (<see cref="Mechanisms.ISealedBidForWorkers"/>); or to decline, so that nobody waits.</summary>
    Sealed = 2,
}

/// <summary>An order to stop work.</summary>
[GenerateSerializer, Immutable, Alias("pm.StopWork")]
public sealed record StopWork
{
    /// <summary>The run.</summary>
    [Id(0)] public required string RunKey { get; init; }

    /// <summary>Why.</summary>
    [Id(1)] public required ReasonCode Reason { get; init; }

    /// <summary>The statements of a batch that need no more work, while the others do; empty when it concerns the whole run. Told once: a worker that has missed it
    /// learns it from the answer to its next submission, or from the run when it asks.</summary>
    [Id(2)] public ImmutableArray<int> Statements { get; init; } = [];

    /// <summary>Who has won the whole run: their invitation goes, but they are not told to stop what they have won.</summary>
    [Id(3)] public ImmutableArray<string> Winners { get; init; } = [];
}

/// <summary>Answer to a connection.</summary>
[GenerateSerializer, Immutable, Alias("pm.ConnectAnswer")]
public sealed record ConnectAnswer
{
    /// <summary>Why not; null when connected.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>The worker is to renew at least this often.</summary>
    [Id(1)] public TimeSpan RenewEvery { get; init; }

    /// <summary>Invitations that are waiting.</summary>
    [Id(2)] public ImmutableArray<Invitation> Invitations { get; init; } = [];

    /// <summary>The time by the market's clock when it answered, by which all its deadlines and rising prices go; null when refused.</summary>
    [Id(3)] public DateTimeOffset? MarketTime { get; init; }
}

/// <summary>Answer to who asks for a score.</summary>
[GenerateSerializer, Immutable, Alias("pm.ScoreAnswer")]
public sealed record ScoreAnswer
{
    /// <summary>The score; null when refused.</summary>
    [Id(0)] public ProverScore? Score { get; init; }

    /// <summary>Why not.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}

/// <summary>Answer to a renewal.</summary>
[GenerateSerializer, Immutable, Alias("pm.RenewAnswer")]
public sealed record RenewAnswer
{
    /// <summary>Why not; null when renewed.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>Invitations that have not expired.</summary>
    [Id(1)] public ImmutableArray<Invitation> Invitations { get; init; } = [];

    /// <summary>Runs that are over.</summary>
    [Id(2)] public ImmutableArray<StopWork> Stopped { get; init; } = [];

    /// <summary>The time by the market's clock when it answered, by which all its deadlines and rising prices go; null when refused.</summary>
    [Id(3)] public DateTimeOffset? MarketTime { get; init; }
}
