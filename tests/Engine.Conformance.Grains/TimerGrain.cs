using Orleans.Storage;

namespace Orleans.Conformance;

public interface ITimerGrain : IGrainWithStringKey
{
    Task Start(TimeSpan due, TimeSpan period, bool interleave = false);

    Task StartThatKeepsAlive(TimeSpan period);

    Task StartFailing(TimeSpan due, TimeSpan period);

    Task StartThatIsOvertaken(TimeSpan period);

    Task StartThatDisposesItself(int afterTicks);

    Task StartThatChangesItself();

    Task StartAll();

    Task Stop();

    Task Hold(string barrier);

    Task End();
}

public sealed class TimerGrain(Journal journal) : Grain, ITimerGrain
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(5);
    private IGrainTimer? _timer;
    private int _ticks;

    private string Key => this.GetPrimaryKeyString();

    public Task Start(TimeSpan due, TimeSpan period, bool interleave = false)
    {
        _timer = this.RegisterGrainTimer(Tick, new GrainTimerCreationOptions(due, period) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task StartThatKeepsAlive(TimeSpan period)
    {
        this.RegisterGrainTimer(Tick, new GrainTimerCreationOptions(period, period) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task StartFailing(TimeSpan due, TimeSpan period)
    {
        _timer = this.RegisterGrainTimer(
            () =>
            {
                journal.Add(Key, "tick");
                throw new RefusedException("in the timer");
            },
            due,
            period);
        return Task.CompletedTask;
    }

    public Task StartThatIsOvertaken(TimeSpan period)
    {
        this.RegisterGrainTimer(() => Task.FromException(new InconsistentStateException("changed", "2", "1")), period, period);
        return Task.CompletedTask;
    }

    public Task StartThatDisposesItself(int afterTicks)
    {
        _timer = this.RegisterGrainTimer(
            async token =>
            {
                await Task.Yield();
                journal.Add(Key, "tick");
                if (++_ticks < afterTicks) return;
                _timer!.Dispose();
                journal.Add(Key, $"disposed, token cancelled: {token.IsCancellationRequested}");
            },
            s_soon,
            s_soon);
        return Task.CompletedTask;
    }

    public Task StartThatChangesItself()
    {
        _timer = this.RegisterGrainTimer(
            () =>
            {
                journal.Add(Key, "tick");
                if (++_ticks == 1) _timer!.Change(s_soon, Timeout.InfiniteTimeSpan);
                return Task.CompletedTask;
            },
            s_soon,
            TimeSpan.FromHours(1));
        return Task.CompletedTask;
    }

    public Task StartAll()
    {
        this.RegisterGrainTimer(() => Note("plain"), s_soon, Timeout.InfiniteTimeSpan);
        this.RegisterGrainTimer(_ => Note("token"), s_soon, Timeout.InfiniteTimeSpan);
        this.RegisterGrainTimer(Note, "state", s_soon, Timeout.InfiniteTimeSpan);
        this.RegisterGrainTimer((text, _) => Note(text), "state and token", s_soon, Timeout.InfiniteTimeSpan);
        this.RegisterGrainTimer(() => Note("plain, options"), new GrainTimerCreationOptions(s_soon, Timeout.InfiniteTimeSpan));
        this.RegisterGrainTimer(_ => Note("token, options"), new GrainTimerCreationOptions { DueTime = s_soon, Period = Timeout.InfiniteTimeSpan });
        this.RegisterGrainTimer(Note, "state, options", new GrainTimerCreationOptions(s_soon, Timeout.InfiniteTimeSpan));
        this.RegisterGrainTimer((text, _) => Note(text), "state and token, options", new GrainTimerCreationOptions(s_soon, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public Task Stop()
    {
        _timer!.Dispose();
        journal.Add(Key, "stopped");
        return Task.CompletedTask;
    }

    public async Task Hold(string barrier)
    {
        await Barrier.Named(barrier).PassAsync();
        journal.Add(Key, "held");
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Add(Key, "deactivated");
        return Task.CompletedTask;
    }

    private Task Tick()
    {
        journal.Add(Key, "tick");
        return Task.CompletedTask;
    }

    private Task Note(string text)
    {
        journal.Add(Key, text);
        return Task.CompletedTask;
    }
}
