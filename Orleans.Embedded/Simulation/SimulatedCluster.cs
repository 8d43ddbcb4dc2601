using System.Collections.Immutable;
using System.Globalization;
using Orleans.Simulation.Faults;
using Orleans.Simulation.Loop;
using Orleans.Simulation.Network;

namespace Orleans.Simulation;

/// <summary>
/// A silo with grains, and processes that use it, in virtual time on the calling thread. The seed decides in which order they run, how long everything takes and
/// what goes wrong.
/// </summary>
public sealed partial class SimulatedCluster : IDisposable
{
    private readonly Dictionary<string, SimulatedRandom> _streams = new(StringComparer.Ordinal);
    private readonly SimulationLoop _loop;
    private readonly FaultPlan _faults;
    private readonly SimulatedNetwork _network;
    private Exception? _failure;
    private bool _isDisposed;

    // Compiling the ways to services does not pay in silos that live for seconds. Has an effect when nothing in the process has used services before.
    static SimulatedCluster() => AppContext.SetSwitch("Microsoft.Extensions.DependencyInjection.DisableDynamicEngine", true);

    /// <summary>Initializes a simulation. The silo starts with the first steps.</summary>
    /// <param name="options">What is simulated.</param>
    public SimulatedCluster(SimulationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        EscapeWatch.Start();
        _loop = new SimulationLoop(options, Stream("order"));
        _faults = new FaultPlan(options, _loop, Stream) { Injecting = kind => FaultInjected?.Invoke(kind) };
        _network = new SimulatedNetwork(_loop, _faults, options.GrainCallsTravel);
        StartSilo();
    }

    /// <summary>Raised when the silo has started, the first time and after every crash.</summary>
    public event Action? SiloStarted;

    /// <summary>Raised when the silo has crashed.</summary>
    public event Action? SiloCrashed;

    /// <summary>Raised when something goes wrong.</summary>
    public event Action<FaultKind>? FaultInjected;

    /// <summary>Gets what is simulated.</summary>
    public SimulationOptions Options { get; }

    /// <summary>Gets how often things go wrong.</summary>
    public FaultRates Faults => _faults.Rates;

    /// <summary>Gets the true time.</summary>
    public DateTimeOffset Now => _loop.Start.AddTicks(_loop.Now);

    /// <summary>Gets the number of steps so far.</summary>
    public long Steps => _loop.Steps;

    /// <summary>Gets a hash of all that has happened so far and of all that is durable now: the same for the same seed and code. It takes as long as reading all records.</summary>
    public string TraceHash => StableHash.Mix(_loop.Hash, Disk.Hash()).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Gets what went wrong so far, by kind; every kind is there.</summary>
    public ImmutableDictionary<FaultKind, long> FaultsInjected => _faults.Injected;

    /// <summary>Gets what is durable.</summary>
    public SimulatedDisk Disk { get; } = new();

    /// <summary>Gets a value indicating whether the silo has started and not crashed since.</summary>
    public bool IsSiloUp => _network.Silo is not null;

    /// <summary>Gets the processes that run, in the order in which they were started.</summary>
    public IReadOnlyList<SimulatedProcess> Processes => _processes;

    /// <summary>Gets or sets what is called after every step.</summary>
    public Action<SimulatedCluster>? AfterStep { get; set; }

    /// <summary>Gets a named stream of random numbers of the seed. Every name has numbers of its own, so that another consumer does not shift them.</summary>
    /// <param name="stream">The name.</param>
    /// <returns>The stream; the same object for the same name.</returns>
    public SimulatedRandom Random(string stream)
    {
        // Names of the simulation's own streams cannot be met by others.
        ArgumentNullException.ThrowIfNull(stream);
        return Stream($"user {stream}");
    }

    /// <summary>From here on nothing goes wrong any more. What has gone wrong already (a call on its long way, a clock) stays so.</summary>
    public void StopFaults() => _faults.Stop();

    /// <summary>Does one thing: a turn, the arrival of a call, the end of a storage operation, a timer.</summary>
    /// <returns>False when nothing is left to do but periodic housekeeping.</returns>
    /// <exception cref="SimulationEscapedException">Something has left the simulation's thread.</exception>
    /// <exception cref="SimulatedProcessException">The main function of a process has failed.</exception>
    public bool Step()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _loop.Guard.Enter();

        // Turns run as on a thread of their own: without a context of the caller's, which awaits would prefer to the turn's scheduler.
        var context = SynchronizationContext.Current;
        if (context is not null) SynchronizationContext.SetSynchronizationContext(null);
        var outer = EscapeWatch.Exchange(_loop.Guard);
        try
        {
            CrashWhatIsDue();
            var stepped = _loop.Step();
            EscapeWatch.Exchange(outer);
            _loop.Guard.ThrowIfEscaped();
            if (_failure is { } failure) throw failure;
            if (stepped) AfterStep?.Invoke(this);
            return stepped;
        }
        finally
        {
            EscapeWatch.Exchange(outer);
            if (context is not null) SynchronizationContext.SetSynchronizationContext(context);
            _loop.Guard.Leave();
        }
    }

    /// <summary>Steps until a condition holds.</summary>
    /// <param name="condition">The condition, asked after every step.</param>
    /// <param name="limit">How much virtual time to spend at most.</param>
    /// <returns>Whether the condition holds.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var end = _loop.Now + limit.Ticks;
        while (!condition())
        {
            if (_loop.NextTime > end || !Step()) return false;
        }

        return true;
    }

    /// <summary>Steps for some virtual time.</summary>
    /// <param name="time">The time.</param>
    public void RunFor(TimeSpan time)
    {
        var end = _loop.Now + time.Ticks;
        while (_loop.NextTime <= end && Step())
        {
        }

        _loop.AdvanceTo(end);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;

        _isDisposed = true;
        foreach (var process in _processes.ToList()) process.Halt();
        _silo?.Crash();
        _silo?.Dispose();
    }

    private SimulatedRandom Stream(string name)
    {
        if (!_streams.TryGetValue(name, out var stream)) _streams[name] = stream = new SimulatedRandom(Options.Seed, name);
        return stream;
    }
}
