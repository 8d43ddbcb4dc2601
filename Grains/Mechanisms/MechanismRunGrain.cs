using Microsoft.Extensions.Logging;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>A run of a mechanism on one request: what all mechanisms share. It loads, decides, writes and acts, one durable write a step, so that it can
/// be cut off anywhere and goes on from what is durable. A mechanism derives from it and says what it decides: who may join, what a valid proof
/// earns and whether it ends the run, and what is done when its time has come. Its decisions are pure functions in Domain.</summary>
/// <typeparam name="TState">The mechanism's state.</typeparam>
public abstract partial class MechanismRunGrain<TState> : Grain, IMechanismRunGrain
    where TState : class, IMechanismState<TState>
{
    private static readonly TimeSpan TellLosersFor = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RequestAnswersWithin = TimeSpan.FromSeconds(3);
    private const int AskVerifierTimes = 4;
    private static readonly TimeSpan AskVerifierAgainAfter = TimeSpan.FromSeconds(1);

    private readonly IPersistentState<TState> _storage;
    private readonly RunServices _services;
    private readonly ILogger _logger;
    private RunAnnouncer _announcer = null!;
    private RunAnnouncements _announcements = null!;
    private RunLeases _leases = null!;
    private RunClock _clock = null!;
    private DurableRecord<TState> _durable = null!;
    private Bytes? _input;
    private bool _hasStarted;
    private bool _isVerifierAway;

    /// <summary>A run over a record.</summary>
    /// <param name="storage">Where the run is stored.</param>
    /// <param name="services">What runs need of their silo.</param>
    protected MechanismRunGrain(IPersistentState<TState> storage, RunServices services)
    {
        (_storage, _services) = (storage, services);
        _logger = services.Loggers.CreateLogger(GetType());
    }

    /// <summary>The durable state with what need not be: leases confirmed by the registry, invitations turned down, and a start that need not be written
    /// (<see cref="IsStartWritten"/>). Null before the start.</summary>
    protected TState? State { get; private set; }

    /// <summary>The time now.</summary>
    protected DateTimeOffset Now => _services.Time.GetUtcNow();

    /// <summary>What runs need of their silo.</summary>
    protected RunServices Services => _services;

    /// <summary>The run's key.</summary>
    protected string RunKey => this.GetPrimaryKeyString();

    private string RequestId => GrainKeys.OfRun(RunKey).RequestId;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _announcer = new RunAnnouncer(GrainFactory, RunKey, _services.Options);
        _announcements = new RunAnnouncements(this, RunKey, _announcer, _services.Options, _services.Time, _logger);
        _leases = new RunLeases(GrainFactory, RunKey, _services.Options);
        _clock = new RunClock(this, ActOnTimeAsync, (retryAfter, e) => LogActionFailed(_logger, RunKey, retryAfter, e), _services.Time);
        _durable = new DurableRecord<TState>(_storage, DeactivateOnIdle, GiveUp);
        State = _durable.Value;
        if (State is { Run.Report: null }) Go(State);
        // A run that has just been decided may have died before it told the losers.
        else if (State is not null && Now - State.Run.Report!.EndedAt < TellLosersFor) TellProvers(State, mayBeAnnounced: true);
        if (State is { Run.Report: not null } && HasWorkAfterEnd) _clock.Set(Now);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<StartAnswer> StartAsync(RunOrder order, Bytes input)
    {
        if (State is not null)
        {
            return RunOrderRules.DigestOf(State.Run.Order) == RunOrderRules.DigestOf(order)
                ? new StartAnswer { Progress = Progress() }
                : new StartAnswer { Refusal = Refusal.Of(ReasonCode.RunOrderConflict, "order", "the order the run was started with", order.RequestId) };
        }
        var (state, refusal) = Begin(order, Now);
        if (state is null) return new StartAnswer { Refusal = refusal };
        _hasStarted = true;
        if (input.Length > 0) _input = input;
        if (IsStartWritten) await _durable.WriteAsync(state);
        State = state;
        Go(state);
        return new StartAnswer { Progress = Progress() };
    }

    /// <inheritdoc/>
    public Task<RunProgress> GetProgressAsync() => Task.FromResult(Progress());

    /// <inheritdoc/>
    public Task<TranscriptAnswer> GetTranscriptAsync() => Task.FromResult(State is null
        ? new TranscriptAnswer { Refusal = Unknown() }
        : new TranscriptAnswer { Order = State.Run.Order, Transcript = State.Run.Transcript });

    /// <inheritdoc/>
    public async Task<RunProgress> ConcludeAsync(ReasonCode cause)
    {
        if (State is null || State.Run.Report is not null) return Progress();
        var now = Now;
        if (cause == ReasonCode.None && now < State.Run.Order.HardDeadline) return Progress();
        await CommitAsync(Concluded(State, cause, now));
        return Progress();
    }

    /// <inheritdoc/>
    public async Task ForgetAsync()
    {
        if (State is not { } state) return;
        _announcements.End();
        // Done before, most likely; nobody will be able to do it later.
        if (HasWorkAfterEnd && state.Run.Report is not null) await AfterEndAsync(state);
        await ForgettingAsync(state);
        _clock.Set(null);
        await _durable.ClearAsync();
        State = null;
        DeactivateOnIdle();
    }

    /// <summary>Writes the next state, and does what follows from it: a run that has ended tells its provers, an open one sets its clock. When the
    /// outcome of the write is unknown this activation ends, and the next one goes on from what is durable.</summary>
    protected async Task CommitAsync(TState next)
    {
        var ends = next.Run.Report is not null && _durable.Value?.Run.Report is null;
        // The end is written with who was invited and who was not: the request keeps it when this grain is long gone.
        if (ends) next = With(next, next.Run with { Report = next.Run.Report! with { Invited = _announcer.Count, LeftOut = _announcer.LeftOut } });
        await _durable.WriteAsync(next);
        State = next;
        if (next.Run.Report is null) _clock.Set(NextAt(next));
        if (!ends) return;
        _announcements.End();
        _clock.Set(HasWorkAfterEnd ? Now : null);
        TellProvers(next, _announcements.HasBegun);
        // Most likely nobody asks any more: the request hears of the end. What is asked all the same is answered from the record.
        if (!HasWorkAfterEnd && !RunRules.IsAnybodyIn(next.Run)) DeactivateOnIdle();
    }

    /// <summary>Notes what need not be durable, because it is found out again after a crash.</summary>
    protected void Remember(TState next) => State = next;

    /// <summary>Makes durable what has been entered in the transcript since the last write: before anybody else decides on what follows from it.</summary>
    protected async Task CommitEntriesAsync()
    {
        if (State is { Run.Report: null } state && state.Run.Transcript.Length != _durable.Value?.Run.Transcript.Length) await CommitAsync(state);
    }

    /// <summary>A hint that the request should look at the run, not waited for: whatever becomes of it, the request looks again by itself.</summary>
    protected void TellRequest() => _ = GrainFactory.GetGrain<IProofRequestGrain>(RequestId).HearAsync(RunKey, Progress());

    /// <summary>The state with another shared part; the same instance when that is the same.</summary>
    protected static TState With(TState state, RunState run) => ReferenceEquals(run, state.Run) ? state : state.With(run);

    private void Go(TState state)
    {
        SetOut(state);
        _clock.Set(NextAt(State!));
    }

    private async Task<DateTimeOffset?> ActOnTimeAsync()
    {
        if (State is { Run.Report: not null } ended && HasWorkAfterEnd)
        {
            await AfterEndAsync(ended);
            return null;
        }
        if (State is not { Run.Report: null } state || NextAt(state) is not { } at) return null;
        var now = Now;
        if (now < at) return at;
        await ActAsync(state, now);
        if (State is { Run.Report: not null }) TellRequest();
        if (State is { Run.Report: not null } && HasWorkAfterEnd) return now;
        if (State is not { Run.Report: null } || NextAt(State) is not { } next) return null;
        // What is due and could not be done yet is not tried again at once.
        return ReferenceEquals(State, state) && next <= now ? now + _services.Options.AnnounceInterval : next;
    }

    /// <summary>A write has failed, and may be durable all the same: what was decided must not be decided again. The next activation goes on from there, as after a crash.</summary>
    private void GiveUp()
    {
        State = _durable.Value;
        DeactivateOnIdle();
        // A run of which nothing is durable is started again by its request, and by nobody else.
        if (State is null) TellRequest();
    }

    private RunProgress Progress() => State is null ? new RunProgress() : new RunProgress
    {
        Started = true,
        Events = State.Run.Events,
        Report = State.Run.Report,
        Invited = _announcer.Count,
        Leased = State.Run.Participants.Values.Count(participant => participant.Status is ParticipantStatus.Proving or ParticipantStatus.Delivered),
        LeftOut = _announcer.LeftOut,
        Proved = ProvedIn(State),
    };

    /// <summary>The losers are told to stop; a winner's invitation only goes, it has heard already. Of a batch that was not completed, whoever has delivered a part
    /// is told, too. Who took part, or was called, hears it from its own grain, but for winners to whom the run was only announced: of theirs nothing is there.</summary>
    private void TellProvers(TState state, bool mayBeAnnounced)
    {
        var (losers, winners, byShards) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var (prover, participant) in state.Run.Participants)
        {
            if (!state.Run.Report!.Succeeded || participant.Delivery is null) losers.Add(prover);
            else if (mayBeAnnounced && !_announcer.HasCalled(prover)) byShards.Add(prover);
            else winners.Add(prover);
        }
        var reason = winners.Count + byShards.Count == 0 ? ReasonCode.RunClosed : ReasonCode.Outraced;
        _announcer.Stop(losers, reason);
        _announcer.Stop(winners, ReasonCode.Won);
        if (mayBeAnnounced) _announcer.Withdraw(Query(state), reason, [.. byShards], [.. losers, .. winners]);
    }

    /// <summary>The refusal of a run that was not started.</summary>
    protected Refusal Unknown() => Refusal.Of(ReasonCode.RunUnknown, "run", "a started run", RunKey);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: what was due failed and is repeated after {RetryAfter}")]
    private static partial void LogActionFailed(ILogger logger, string runKey, TimeSpan retryAfter, Exception exception);
}
