using System.Collections.Immutable;

namespace Orleans.Simulation;

/// <summary>
/// A silo with grains, and processes that use it, in virtual time on the calling thread. The seed decides in which order they run, how long everything takes and
/// what goes wrong.
/// </summary>
public sealed class SimulatedCluster : IDisposable
{
    /// <summary>Initializes a simulation. The silo starts with the first steps.</summary>
    /// <param name="options">What is simulated.</param>
    public SimulatedCluster(SimulationOptions options)
    {
        Options = options;
    }

    /// <summary>Raised when the silo has started, the first time and after every crash.</summary>
    public event Action? SiloStarted;

    /// <summary>Raised when the silo has crashed.</summary>
    public event Action? SiloCrashed;

    /// <summary>Gets what is simulated.</summary>
    public SimulationOptions Options { get; }

    /// <summary>Gets how often things go wrong.</summary>
    public FaultRates Faults => throw new NotSupportedException();

    /// <summary>Gets the true time.</summary>
    public DateTimeOffset Now => throw new NotSupportedException();

    /// <summary>Gets the number of steps so far.</summary>
    public long Steps => throw new NotSupportedException();

    /// <summary>Gets a hash of all that has happened so far: the same for the same seed and code.</summary>
    public string TraceHash => throw new NotSupportedException();

    /// <summary>Gets what went wrong so far, by kind; every kind is there.</summary>
    public ImmutableDictionary<FaultKind, long> FaultsInjected => throw new NotSupportedException();

    /// <summary>Gets what is durable.</summary>
    public SimulatedDisk Disk => throw new NotSupportedException();

    /// <summary>Gets a value indicating whether the silo has started and not crashed since.</summary>
    public bool IsSiloUp => throw new NotSupportedException();

    /// <summary>Gets the processes that run.</summary>
    public IReadOnlyList<SimulatedProcess> Processes => throw new NotSupportedException();

    /// <summary>Gets or sets what is called after every step.</summary>
    public Action<SimulatedCluster>? AfterStep { get; set; }

    /// <summary>Gets a named stream of random numbers of the seed. Every name has numbers of its own, so that another consumer does not shift them.</summary>
    /// <param name="stream">The name.</param>
    /// <returns>The stream; the same object for the same name.</returns>
    public SimulatedRandom Random(string stream) => throw new NotSupportedException();

    /// <summary>Starts a process.</summary>
    /// <param name="name">Its name; no running process has the same.</param>
    /// <param name="main">What it does. The process ends with it; what it throws is thrown by <see cref="Step"/>.</param>
    /// <param name="options">How it is treated.</param>
    /// <returns>The process.</returns>
    public SimulatedProcess StartProcess(string name, Func<SimulatedProcess, Task> main, SimulatedProcessOptions? options = null) => throw new NotSupportedException();

    /// <summary>Ends the silo, as kill -9 does. It is started again after a drawn time.</summary>
    public void CrashSilo() => throw new NotSupportedException();

    /// <summary>From here on nothing goes wrong any more. What has gone wrong already (a call on its long way, a clock) stays so.</summary>
    public void StopFaults() => throw new NotSupportedException();

    /// <summary>Does one thing: a turn, the arrival of a call, the end of a storage operation, a timer.</summary>
    /// <returns>False when nothing is left to do but periodic housekeeping.</returns>
    public bool Step() => throw new NotSupportedException();

    /// <summary>Steps until a condition holds.</summary>
    /// <param name="condition">The condition, asked after every step.</param>
    /// <param name="limit">How much virtual time to spend at most.</param>
    /// <returns>Whether the condition holds.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit) => throw new NotSupportedException();

    /// <summary>Steps for some virtual time.</summary>
    /// <param name="time">The time.</param>
    public void RunFor(TimeSpan time) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void OnSiloStarted() => SiloStarted?.Invoke();

    private void OnSiloCrashed() => SiloCrashed?.Invoke();
}
