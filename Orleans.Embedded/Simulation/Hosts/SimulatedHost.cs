using Orleans.Runtime.Scheduling;
using Orleans.Simulation.Loop;

namespace Orleans.Simulation;

/// <summary>A simulated operating system process, of a silo or a client: its work, its clock, its randomness. When it has ended, nothing happens in it any more.</summary>
internal sealed class SimulatedHost : IWorkScheduler, IRandomSource
{
    /// <summary>Initializes a host.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="name">The host's name.</param>
    /// <param name="random">The host's randomness.</param>
    /// <param name="clockError">How much its wall clock is wrong.</param>
    /// <param name="isSilo">Whether it is a silo's.</param>
    internal SimulatedHost(SimulationLoop loop, string name, SimulatedRandom random, TimeSpan clockError, bool isSilo)
    {
        IsSilo = isSilo;
        Loop = loop;
        Name = name;
        Random = random;
        Clock = new SimulatedClock(this, clockError);
    }

    /// <summary>Gets the loop.</summary>
    internal SimulationLoop Loop { get; }

    /// <summary>Gets the name.</summary>
    internal string Name { get; }

    /// <summary>Gets a value indicating whether it is a silo's.</summary>
    internal bool IsSilo { get; }

    /// <summary>Gets the randomness.</summary>
    internal SimulatedRandom Random { get; }

    /// <summary>Gets the clock.</summary>
    internal SimulatedClock Clock { get; }

    /// <summary>Gets a value indicating whether it has not ended.</summary>
    internal bool IsAlive { get; private set; } = true;

    /// <inheritdoc/>
    public int TurnsPerItem => 1;

    /// <inheritdoc/>
    public void Schedule(IThreadPoolWorkItem item)
    {
        if (Loop.Guard.Check("Scheduled", item) && IsAlive) Loop.Schedule(item, this);
    }

    /// <inheritdoc/>
    public ulong Next() => Random.Next();

    /// <summary>Ends it: what it has begun is never continued.</summary>
    internal void End() => IsAlive = false;
}
