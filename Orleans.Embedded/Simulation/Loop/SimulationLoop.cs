using System.Globalization;

namespace Orleans.Simulation.Loop;

/// <summary>
/// Virtual time, the work that can run now, and what happens later. Work is picked at random among all that can run; time goes on a little with every step, and to the
/// next event when nothing can run.
/// </summary>
internal sealed class SimulationLoop
{
    private readonly EventQueue _events = new();
    private readonly SimulatedRandom _order;
    private readonly TextWriter? _trace;
    private readonly long _stepTime;
    private (IThreadPoolWorkItem Item, SimulatedHost Host)[] _ready = new (IThreadPoolWorkItem, SimulatedHost)[32];
    private int _readyCount;
    private ulong _hash;

    /// <summary>Initializes a loop.</summary>
    /// <param name="options">What is simulated.</param>
    /// <param name="order">Decides in which order work runs.</param>
    internal SimulationLoop(SimulationOptions options, SimulatedRandom order)
    {
        _order = order;
        _trace = options.Trace;
        _stepTime = options.StepTime.Ticks;
        Start = options.Start;
        _hash = options.Seed;
    }

    /// <summary>Gets when the simulation began.</summary>
    internal DateTimeOffset Start { get; }

    /// <summary>Gets the time since the beginning, in ticks.</summary>
    internal long Now { get; private set; }

    /// <summary>Gets the time of the next step; the end of time when there is none.</summary>
    internal long NextTime => _readyCount > 0 ? Now : _events.Count > 0 ? Math.Max(Now, _events.First.Due) : long.MaxValue;

    /// <summary>Gets the number of steps.</summary>
    internal long Steps { get; private set; }

    /// <summary>Gets the hash of what has happened.</summary>
    internal ulong Hash => _hash;

    /// <summary>Gets a value indicating whether somebody reads the trace.</summary>
    internal bool IsTraced => _trace is not null;

    /// <summary>Gets what keeps the run on its thread.</summary>
    internal ThreadGuard Guard { get; } = new();

    /// <summary>Notes what has happened: it becomes part of the hash.</summary>
    /// <param name="what">What.</param>
    internal void Note(ulong what) => _hash = StableHash.Mix(_hash, what);

    /// <summary>Writes a line of the trace.</summary>
    /// <param name="line">The line.</param>
    internal void Trace(string line) =>
        _trace?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Steps,8} {TimeSpan.FromTicks(Now):d\\.hh\\:mm\\:ss\\.ffffff} {line}"));

    /// <summary>Adds work that can run now.</summary>
    /// <param name="item">The work.</param>
    /// <param name="host">Where it runs.</param>
    internal void Schedule(IThreadPoolWorkItem item, SimulatedHost host)
    {
        if (_readyCount == _ready.Length) Array.Resize(ref _ready, _readyCount * 2);
        _ready[_readyCount++] = (item, host);
    }

    /// <summary>Adds something that happens later.</summary>
    /// <param name="added">What happens.</param>
    /// <param name="delay">How much later, in ticks.</param>
    internal void Schedule(SimulatedEvent added, long delay) => _events.Add(added, Now + delay);

    /// <summary>Takes something out that was to happen.</summary>
    /// <param name="removed">What was to happen.</param>
    internal void Remove(SimulatedEvent removed) => _events.Remove(removed);

    /// <summary>Lets time pass in which nothing happens.</summary>
    /// <param name="time">The time to go to.</param>
    internal void AdvanceTo(long time) => Now = Math.Max(Now, time);

    /// <summary>Does one thing.</summary>
    /// <returns>False when nothing is left but housekeeping.</returns>
    internal bool Step()
    {
        while (true)
        {
            var isDue = _events.Count > 0 && _events.First.Due <= Now;
            if (_readyCount > 0 && !(isDue && (_order.Next() & 1) == 0))
            {
                if (RunReady()) return true;
            }
            else if (isDue || _events.CountOfWork > 0)
            {
                if (RunEvent()) return true;
            }
            else
            {
                return false;
            }
        }
    }

    private bool RunReady()
    {
        var index = _readyCount == 1 ? 0 : _order.Next(_readyCount);
        var (item, host) = _ready[index];
        _ready[index] = _ready[--_readyCount];
        _ready[_readyCount] = default;
        if (!host.IsAlive) return false;

        Count((ulong)index);
        if (_trace is not null) Trace($"{host.Name}: {item}");
        item.Execute();
        return true;
    }

    private bool RunEvent()
    {
        var next = _events.First;
        _events.Remove(next);
        if (next.Host is { IsAlive: false }) return false;

        Now = Math.Max(Now, next.Due);
        Count(ulong.MaxValue);
        if (_trace is not null) Trace($"{next.Host?.Name}: {next}");
        next.Happen();
        return true;
    }

    private void Count(ulong what)
    {
        Steps++;
        Note(what ^ ((ulong)Now << 16) ^ (ulong)_readyCount);
        Now += _stepTime;
    }
}
