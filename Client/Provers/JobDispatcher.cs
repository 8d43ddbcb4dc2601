using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Takes invitations and stop orders from any thread, and works on at most as many jobs as there are slots. One loop owns all state;
/// it waits for signals and the clock only, never for the network or the backend.</summary>
internal sealed class JobDispatcher : IDisposable
{
    private const int MostKnownRuns = 16_384;

    private readonly WorkerContext _worker;
    private readonly JobConsideration _consideration;
    private readonly DeclineSender _declines;
    private readonly Wake _wake;
    private readonly Channel<Invitation> _arrivals;
    private readonly Channel<StopWork> _stops;
    private readonly ConcurrentQueue<OtherTerms> _otherTerms = [];
    private readonly InvitationQueue _queue;
    private readonly KnownRuns _known = new(MostKnownRuns);
    private readonly SlotPool _slots;
    private readonly Dictionary<string, RunningJob> _running = [];
    private readonly Departure _departure;
    private DateTimeOffset _noneUntil = DateTimeOffset.MinValue;
    private int _refusedForAll;
    private bool _draining;
    private bool _givingBack;

    public JobDispatcher(WorkerContext worker, IJobPolicy policy, DeclineSender declines, Departure departure)
    {
        (_worker, _declines, _departure) = (worker, declines, departure);
        _consideration = new JobConsideration(worker, policy);
        var options = worker.Options;
        _wake = new Wake(worker.Time);
        _arrivals = Inbox<Invitation>(options.QueueCapacity);
        _stops = Inbox<StopWork>(options.QueueCapacity + options.Slots);
        _queue = new InvitationQueue(options.QueueCapacity);
        _slots = new SlotPool(options.Slots, _wake.Now);
    }

    /// <summary>Called when a run says that it does not know the session.</summary>
    public Action SessionLost { get; set; } = static () => { };

    /// <summary>The invitations being worked on, for those who ask whether their runs are over.</summary>
    public ImmutableArray<Invitation> Running { get; private set => ImmutableInterlocked.InterlockedExchange(ref field, value); } = [];

    /// <summary>The share of the proving time for orders from the book that is paid: where several work side by side, not all is.</summary>
    public double PaidShareOfOrders => _consideration.PaidShareOfOrders;

    private JobLoad Load => new(_running.Count, _queue.Count);

    /// <summary>Hands over an invitation. What the inbox has no room for comes again with the next renewal.</summary>
    public void Invite(Invitation invitation)
    {
        if (_arrivals.Writer.TryWrite(invitation)) _wake.Now();
    }

    /// <summary>Hands over an order to stop. What the inbox has no room for comes again with the next renewal.</summary>
    public void Stop(StopWork stop)
    {
        if (_stops.Writer.TryWrite(stop)) _wake.Now();
    }

    /// <summary>Works until <paramref name="drain"/> is cancelled, then declines what waits, lets running jobs finish for the drain timeout (or until
    /// <paramref name="hurry"/>), and has the rest given back for the leave timeout.</summary>
    public async Task RunAsync(CancellationToken drain, CancellationToken hurry)
    {
        using var onDrain = drain.Register(_wake.Now);
        using var onHurry = hurry.Register(_wake.Now);
        DateTimeOffset? drainUntil = null;
        while (true)
        {
            await ReapAsync();
            TakeStops();
            TakeArrivals();
            Reconsider();

            // Looked at once: what expires between two looks would be dropped by neither, and waited for by nobody.
            var now = _worker.Now;
            DropExpired(now);
            var isDraining = drain.IsCancellationRequested;
            if (!isDraining) StartReady(now);
            foreach (var unanswered in isDraining ? _queue.TakeOwed() : _queue.TakeUnanswered(now))
                DeclineWaiting(unanswered, isDraining ? ReasonCode.WorkerDraining : unanswered.WaitsFor);
            if (isDraining && _running.Count == 0) break;
            if (isDraining)
            {
                drainUntil ??= BeginDraining(now);
                if (now >= drainUntil || hurry.IsCancellationRequested) GiveBackTheRest();
            }
            var next = drainUntil ?? NextChange(now);
            await _wake.WaitAsync(next > now ? next - now : null, CancellationToken.None);
        }
        _worker.Metrics.NoteWaiting(-_queue.Count);
    }

    public void Dispose() => _wake.Dispose();

    private void TakeStops()
    {
        while (_stops.Reader.TryRead(out var stop))
        {
            var reason = stop.Reason == ReasonCode.None ? ReasonCode.RunClosed : stop.Reason;
            var isRunning = _running.TryGetValue(stop.RunKey, out var running);
            if (!stop.Statements.IsEmpty) running?.Job.Stop(stop.Statements);
            else if (isRunning) running!.Job.Stop(reason);
            else Unqueue(stop.RunKey);
        }
    }

    private void TakeArrivals()
    {
        while (_arrivals.Reader.TryRead(out var invitation))
        {
            var (run, now) = (invitation.RunKey, _worker.Now);
            var queued = _queue.Find(run);
            if (invitation.HardDeadline <= now || _known.Covers(invitation) || _running.ContainsKey(run) || queued?.Invitation == invitation) continue;
            // The run has gone on on other terms than those that wait: they are a new offer, for a run that is no newer.
            if (queued is not null) Unqueue(run);
            var arrivedAt = queued?.ArrivedAt ?? now;
            if (TakeAt(invitation, arrivedAt) is not { } notBefore) continue;
            // No slot is borrowed any more before it is known whether this one needs it.
            if (notBefore <= now) _slots.IsWanted = true;
            _worker.Logger.Queued(run, invitation.HardDeadline);
            _worker.Publish(ProverEventKind.Queued, run);
            Enqueue(new QueuedInvitation { Invitation = invitation, ArrivedAt = arrivedAt, NotBefore = notBefore });
        }
    }

    /// <summary>Answers jobs whose leases pay less than their invitations said.</summary>
    private void Reconsider()
    {
        while (_otherTerms.TryDequeue(out var other)) other.Decision.SetResult(_consideration.Consider(other.Terms, other.ArrivedAt, Load, mayWait: false));
    }

    private void Enqueue(QueuedInvitation invitation)
    {
        var gone = _queue.Add(invitation with { DeclineAt = DeclineAt(invitation) });
        _worker.Metrics.NoteWaiting(1);
        if (gone is { Invitation.Kind: InvitationKind.Assigned }) DeclineWaiting(gone, gone.WaitsFor);
        else if (gone is not null) Dropped(gone, "the queue is full of earlier deadlines");
    }

    /// <summary>Until when a lease that is reserved may wait: a little less than its answer may. It is not declined when the policy itself lets it wait for longer.</summary>
    private DateTimeOffset? DeclineAt(QueuedInvitation queued) =>
        queued.Invitation is { Kind: InvitationKind.Assigned, AnswerBy: { } answerBy } && (queued.Postponed > 0 || queued.NotBefore <= answerBy)
            ? answerBy - _worker.Options.DeadlineMargin
            : null;

    /// <summary>Declines what has waited. Of a lease that is reserved that costs nothing, and silence counts like one that was missed.</summary>
    private void DeclineWaiting(QueuedInvitation unanswered, ReasonCode reason)
    {
        _worker.Metrics.NoteWaiting(-1);
        Decline(unanswered.Invitation, reason);
    }

    private void Unqueue(string runKey)
    {
        if (_queue.Remove(runKey)) _worker.Metrics.NoteWaiting(-1);
    }

    private void DropExpired(DateTimeOffset now)
    {
        foreach (var expired in _queue.TakeExpired(now)) Dropped(expired, "it expired");
    }

    private void Dropped(QueuedInvitation dropped, string why)
    {
        _worker.Metrics.NoteWaiting(-1);
        _worker.Logger.Dropped(dropped.RunKey, why);
        _worker.Publish(ProverEventKind.Dropped, dropped.RunKey, detail: why);
    }

    /// <summary>When something is to be done without a signal; null when never.</summary>
    private DateTimeOffset? NextChange(DateTimeOffset now)
    {
        var next = _queue.NextChange(now);
        return next > _noneUntil && _noneUntil > now ? _noneUntil : next;
    }

    private void StartReady(DateTimeOffset now)
    {
        // What the market counts as taken may be a lease that is reserved for this worker: that one starts.
        var onlyReserved = now < _noneUntil;
        while (_slots.TryTake())
        {
            if (StartNext(now, onlyReserved)) continue;
            _slots.Return();
            break;
        }
        _slots.IsWanted = _queue.HasReady(now, onlyReserved);
    }

    /// <summary>Starts the first job that may start now; false when there is none.</summary>
    private bool StartNext(DateTimeOffset now, bool onlyReserved)
    {
        while (_queue.TakeReady(now, onlyReserved) is { } next)
        {
            _worker.Metrics.NoteWaiting(-1);
            if (TakeAt(next.Invitation, next.ArrivedAt) is not { } notBefore) continue;
            if (notBefore > _worker.Now)
            {
                Enqueue(next with { NotBefore = notBefore });
                continue;
            }
            SealedBidding? bidding = null;
            if (next.Invitation.Kind == InvitationKind.Sealed)
            {
                if (BidFor(next.Invitation, next.ArrivedAt) is not { } bid) continue;
                bidding = new SealedBidding(_worker, next.Invitation, bid, () => SessionLost());
            }
            var job = new ProofJob(_worker, next.Invitation, bidding, _slots, terms => ReconsiderAsync(terms, next.ArrivedAt), _departure.Gone);
            Running = Running.Add(next.Invitation);
            var isLate = now - next.ArrivedAt >= _consideration.Expect(next.Invitation, now);
            var task = Beside.Run(job.RunAsync);
            _running.Add(next.RunKey, new RunningJob(next, job, task, isLate));
            _ = task.ContinueWith(_ => _wake.Now(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return true;
        }
        return false;
    }

    /// <summary>When an invitation is to be taken; null when it was declined.</summary>
    private DateTimeOffset? TakeAt(Invitation invitation, DateTimeOffset arrivedAt)
    {
        var decision = _consideration.Consider(invitation, arrivedAt, Load, mayWait: invitation.Kind == InvitationKind.Open);
        if (decision.IsTaken) return decision.NotBefore;
        Decline(invitation, decision.DeclineReason);
        return null;
    }

    private void Decline(Invitation invitation, ReasonCode reason)
    {
        _known.NotTaken(invitation, _worker.Now);
        _declines.Decline(invitation, reason);
    }

    /// <summary>Asks the policy about a lease that pays less than its invitation said. Called by jobs, from any thread; the loop answers, which alone asks the
    /// policy.</summary>
    private Task<JobDecision> ReconsiderAsync(Invitation terms, DateTimeOffset arrivedAt)
    {
        var other = new OtherTerms(terms, arrivedAt, new TaskCompletionSource<JobDecision>(TaskCreationOptions.RunContinuationsAsynchronously));
        _otherTerms.Enqueue(other);
        _wake.Now();
        return other.Decision.Task;
    }

    /// <summary>What to bid; null when no bid is wanted, and when the policy fails, whereupon the invitation is declined.</summary>
    private JobBid? BidFor(Invitation invitation, DateTimeOffset arrivedAt)
    {
        var (bid, declineReason) = _consideration.Bid(invitation, arrivedAt, Load);
        if (declineReason != ReasonCode.None) Decline(invitation, declineReason);
        return bid;
    }

    private async Task ReapAsync()
    {
        if (_running.Count == 0) return;
        foreach (var ended in _running.Values.Where(running => running.Task.IsCompleted).ToArray())
        {
            var ending = await ended.Task;
            await ended.Job.DisposeAsync();
            _running.Remove(ended.Queued.RunKey);
            _slots.Return();
            Running = Running.Remove(ended.Queued.Invitation);
            if (ending.JoinRefusal is { } refusal) AfterRefusal(ended.Queued, refusal);
            else AfterJob(ended.Queued.Invitation, ending, ended.IsLate);
        }
    }

    private void AfterRefusal(QueuedInvitation queued, Refusal refusal)
    {
        var followUp = JoinRefusals.FollowUp(refusal.Code);
        if (_draining && followUp != JoinFollowUp.Drop && queued.Invitation.Kind != InvitationKind.Open)
        {
            Decline(queued.Invitation, ReasonCode.WorkerDraining);
            return;
        }
        if (_draining || followUp == JoinFollowUp.Drop)
        {
            _known.NotTaken(queued.Invitation, _worker.Now);
            _worker.Logger.JoinRefused(queued.RunKey, refusal);
            _worker.Publish(ProverEventKind.JoinRefused, queued.RunKey, refusal.Code, detail: refusal.ToString());
            return;
        }
        // Slots that are full in the market's eyes are full for every run that is open, and a worker that it has forgotten is that for all: none may overtake this one meanwhile.
        var holdsForAll = (refusal.Code == ReasonCode.SlotsFull || followUp == JoinFollowUp.ConnectAndTryLater) && queued.Invitation.Kind != InvitationKind.Assigned;
        var delay = BackOff.Delay(_worker.Options.BackOff, holdsForAll ? _refusedForAll++ : queued.Postponed, _worker.Randomness);
        if (holdsForAll) _noneUntil = _worker.Now + delay;
        else queued = queued with { NotBefore = _worker.Now + delay, Postponed = queued.Postponed + 1, WaitsFor = refusal.Code };
        Enqueue(queued);
        JobReport.Postponed(_worker, queued.RunKey, refusal, delay);
        if (followUp == JoinFollowUp.ConnectAndTryLater) SessionLost();
    }

    private void AfterJob(Invitation invitation, JobEnding ending, bool wasLate)
    {
        _refusedForAll = 0;
        _known.Ended(invitation, _worker.Now);
        _consideration.Ended(invitation, ending, wasLate);
        JobReport.Publish(_worker, invitation.RunKey, ending);
    }

    private DateTimeOffset BeginDraining(DateTimeOffset now)
    {
        _draining = true;
        var until = now + _worker.Options.DrainTimeout;
        _worker.Logger.Draining(_worker.ProverId, _running.Count);
        _worker.Publish(ProverEventKind.Draining, detail: $"{_running.Count} running, until {until:O}");
        return until;
    }

    private void GiveBackTheRest()
    {
        if (_givingBack) return;
        _givingBack = true;
        _departure.Begin();
        _worker.Logger.GivingBack(_worker.ProverId, _running.Count);
        foreach (var running in _running.Values) running.Job.Stop(ReasonCode.WorkerDraining);
    }

    private static Channel<T> Inbox<T>(int capacity) =>
        Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    private sealed record OtherTerms(Invitation Terms, DateTimeOffset ArrivedAt, TaskCompletionSource<JobDecision> Decision);

    private sealed record RunningJob(QueuedInvitation Queued, ProofJob Job, Task<JobEnding> Task, bool IsLate);
}
