using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>Keeps the worker known to the market: connects, renews at the interval the market asks for, connects again when it was forgotten, and
/// outlives every outage. What the market says meanwhile goes to the dispatcher.</summary>
internal sealed class ProverSession : IDisposable
{
    private static readonly TimeSpan ShortestRenewal = TimeSpan.FromMilliseconds(50);

    private readonly WorkerContext _worker;
    private readonly JobDispatcher _jobs;
    private readonly RunPoll _poll;
    private readonly ProverObserver _observer; // the engine holds observers weakly: this keeps it alive
    private readonly Wake _wake;
    private IProverObserver? _reference;
    private TimeSpan _renewEvery;
    private int _failures;
    private int _renewals;
    private bool _connected;
    private volatile bool _connectAgain;
    private bool _drainTold;

    public ProverSession(WorkerContext worker, JobDispatcher jobs)
    {
        (_worker, _jobs) = (worker, jobs);
        _poll = new RunPoll(worker, jobs);
        _observer = new ProverObserver(jobs);
        _wake = new Wake(worker.Time);
    }

    /// <summary>Called when the market knows the session, and every time it knows it anew.</summary>
    public Action Connected { get; init; } = static () => { };

    private IProverForWorkers Prover => _worker.Grains.GetGrain<IProverGrain>(_worker.ProverId);

    /// <summary>The market has told a job that it does not know the session: connect again at once.</summary>
    public void ConnectAgain()
    {
        _connectAgain = true;
        _wake.Now();
    }

    /// <summary>Keeps the session until <paramref name="leave"/>; from <paramref name="drain"/> on, the market is told to send nothing new.</summary>
    /// <exception cref="ProverRefusedException">The market refuses this prover for good.</exception>
    public async Task RunAsync(CancellationToken drain, CancellationToken leave)
    {
        using var onDrain = drain.Register(_wake.Now);
        while (!leave.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                wait = await StepAsync(drain.IsCancellationRequested, leave);
            }
            catch (OperationCanceledException) when (leave.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception) when (exception is not ProverRefusedException)
            {
                wait = Lost(exception.Message);
            }
            try
            {
                await _wake.WaitAsync(wait, leave);
            }
            catch (OperationCanceledException) when (leave.IsCancellationRequested)
            {
                break;
            }
        }
        await _poll.Completion;
    }

    /// <summary>Says goodbye, once, for at most the leave timeout.</summary>
    public async Task LeaveAsync()
    {
        try
        {
            using var atMost = new CancellationTokenSource(_worker.Options.LeaveTimeout, _worker.Time);
            if (_connected) await Prover.DisconnectAsync(_worker.Session).OrCancelledAsync(atMost.Token);
            DropReference();
            _worker.Logger.Left(_worker.ProverId);
            _worker.Publish(ProverEventKind.Disconnected);
        }
        catch (Exception exception)
        {
            _worker.Logger.LeaveFailed(exception, _worker.ProverId);
        }
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>One call to the market and, when draining, one more. Returns how long to wait before the next.</summary>
    private async Task<TimeSpan> StepAsync(bool draining, CancellationToken leave)
    {
        var connecting = !_connected || _connectAgain;
        if (connecting && await ConnectAsync(leave) is { } refused) return refused;
        if (draining && !_drainTold)
        {
            await Prover.DrainAsync(_worker.Session).OrCancelledAsync(leave);
            _drainTold = true;
        }
        if (connecting) return UntilRenewal();

        var askedAt = _worker.Time.GetUtcNow();
        var answer = await Prover.RenewAsync(_worker.Session, _reference!).OrCancelledAsync(leave);
        if (answer.Refusal is { } refusal) return Forgotten(refusal);
        (_failures, _renewals) = (0, _renewals + 1);
        _worker.MarketClock.Learn(askedAt, answer.MarketTime);
        foreach (var stop in answer.Stopped) _jobs.Stop(stop);
        foreach (var invitation in answer.Invitations) _jobs.Invite(invitation);
        _poll.Begin(leave);
        return UntilRenewal();
    }

    /// <summary>Connects; null when it worked, else how long to wait.</summary>
    private async Task<TimeSpan?> ConnectAsync(CancellationToken leave)
    {
        // A new reference each time: whatever the market's side knew of the old one died with it.
        DropReference();
        _reference = _worker.Grains.CreateObjectReference<IProverObserver>(_observer);

        _connectAgain = false;
        var askedAt = _worker.Time.GetUtcNow();
        var answer = await Prover.ConnectAsync(_worker.Offer, _worker.Session, _reference).OrCancelledAsync(leave);
        if (answer.Refusal is { } refusal)
        {
            if (JoinRefusals.IsPermanent(refusal.Code)) throw new ProverRefusedException(refusal);
            var wait = NextBackOff();
            _worker.Logger.ConnectRefused(_worker.ProverId, refusal, wait.TotalMilliseconds);
            return wait;
        }
        (_connected, _renewals, _drainTold) = (true, 0, false);
        _worker.MarketClock.Learn(askedAt, answer.MarketTime);
        _renewEvery = answer.RenewEvery < ShortestRenewal ? ShortestRenewal : answer.RenewEvery;
        _worker.Logger.Connected(_worker.ProverId);
        _worker.Publish(ProverEventKind.Connected);
        Connected();
        foreach (var invitation in answer.Invitations) _jobs.Invite(invitation);
        _poll.Begin(leave);
        return null;
    }

    private void DropReference()
    {
        if (_reference is not { } reference) return;
        _reference = null;
        try
        {
            _worker.Grains.DeleteObjectReference<IProverObserver>(reference);
        }
        catch (Exception exception)
        {
            // A connection made anew has never heard of it.
            _worker.Logger.ReferenceUnknown(exception, _worker.ProverId);
        }
    }

    /// <summary>The market no longer knows the session: at once for a session that has lived, later for one taken over by another worker.</summary>
    private TimeSpan Forgotten(Refusal refusal)
    {
        _connected = false;
        _worker.Publish(ProverEventKind.ConnectionLost, reason: refusal.Code, detail: refusal.ToString());
        if (_renewals > 0) return TimeSpan.Zero;
        var wait = NextBackOff();
        _worker.Logger.SessionTaken(_worker.ProverId, wait.TotalMilliseconds);
        return wait;
    }

    private TimeSpan Lost(string cause)
    {
        var first = _failures == 0;
        var wait = NextBackOff();
        if (!first)
        {
            _worker.Logger.StillLost(_worker.ProverId, cause, wait.TotalMilliseconds);
            return wait;
        }
        _worker.Logger.ConnectionLost(_worker.ProverId, cause, wait.TotalMilliseconds);
        _worker.Publish(ProverEventKind.ConnectionLost, detail: cause);
        return wait;
    }

    private TimeSpan NextBackOff() => BackOff.Delay(_worker.Options.BackOff, _failures++, _worker.Randomness);

    // Somewhat early, because the market counts from when it was told, and spread, so that many workers do not come together.
    private TimeSpan UntilRenewal() => _renewEvery * (0.8 + (0.15 * _worker.Randomness.NextFraction()));
}

/// <summary>The market refuses the prover as it is configured, so its worker has nothing to wait for.</summary>
public sealed class ProverRefusedException : Exception
{
    internal ProverRefusedException(Refusal refusal) : base($"The market refuses this prover: {refusal}") => Refusal = refusal;

    /// <summary>Why.</summary>
    public Refusal Refusal { get; }
}
