using Orleans.Hosting;

namespace Orleans.Simulation;

/// <summary>What is simulated.</summary>
public sealed record SimulationOptions
{
    /// <summary>Gets the seed: it decides everything that is drawn. The same seed and the same code give the same run.</summary>
    public ulong Seed { get; init; }

    /// <summary>Gets when the simulation begins (true time).</summary>
    /// <value>The default is the beginning of 2030.</value>
    public DateTimeOffset Start { get; init; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Gets how often things go wrong, or null to have that drawn from the seed.</summary>
    /// <value>The default is <see cref="FaultRates.None"/>.</value>
    public FaultRates? Faults { get; init; } = FaultRates.None;

    /// <summary>
    /// Gets what configures the silo, anew for each of its lives: services and options of its grains. Threads, time, randomness, storage and reminders are the simulation's
    /// and cannot be registered. The <see cref="SimulatedCluster"/> is a service.
    /// </summary>
    public Action<ISiloBuilder> ConfigureSilo { get; init; } = static _ => { };

    /// <summary>Gets how long callers wait for an answer.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets how much time each step takes.</summary>
    /// <value>The default is one microsecond.</value>
    public TimeSpan StepTime { get; init; } = TimeSpan.FromMicroseconds(1);

    /// <summary>Gets how long calls and their outcomes are on their way, at least and at most, when nothing is wrong.</summary>
    public (TimeSpan Least, TimeSpan Greatest) NetworkTime { get; init; } = (TimeSpan.FromMicroseconds(20), TimeSpan.FromMilliseconds(2));

    /// <summary>
    /// Gets a value indicating whether calls between grains of the silo are on their way for a while and can go wrong, as between the machines of a cluster. If not, they
    /// are made in place, as on one machine.
    /// </summary>
    /// <value>The default is true.</value>
    public bool GrainCallsTravel { get; init; } = true;

    /// <summary>Gets how long storage operations take, at least and at most, when nothing is wrong.</summary>
    public (TimeSpan Least, TimeSpan Greatest) StorageTime { get; init; } = (TimeSpan.FromMicroseconds(50), TimeSpan.FromMilliseconds(5));

    /// <summary>
    /// Gets a value indicating whether grains do not wait until what they write is on the disk, but those outside do, as with <c>ExternalSynchrony</c> of the SQLite storage. What has its place
    /// in the order of writes when the silo crashes is lost from some place on. Writes that go wrong are waited for.
    /// </summary>
    /// <value>The default is false.</value>
    public bool ExternalSynchrony { get; init; }

    /// <summary>Gets how long what is delayed by a fault takes, at least and at most.</summary>
    public (TimeSpan Least, TimeSpan Greatest) DelayTime { get; init; } = (TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(60));

    /// <summary>Gets how long a silo, or a process, is down after a crash, at least and at most.</summary>
    public (TimeSpan Least, TimeSpan Greatest) DownTime { get; init; } = (TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(60));

    /// <summary>Gets where a line for each step is written, or null. Has no influence on the run.</summary>
    public TextWriter? Trace { get; init; }
}
