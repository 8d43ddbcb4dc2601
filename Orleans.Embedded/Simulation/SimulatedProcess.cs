namespace Orleans.Simulation;

/// <summary>How a process is treated.</summary>
public sealed record SimulatedProcessOptions
{
    /// <summary>Gets a value indicating whether <see cref="FaultKind.ProcessCrash"/> may hit the process. It is then started again, with nothing but its name.</summary>
    public bool MayCrash { get; init; }
}

/// <summary>
/// A process outside of the silo: a client, a worker. It has its own clock, and calls grains, and is called by them, over the simulated network. After a crash
/// another object of this class takes its place.
/// </summary>
public sealed class SimulatedProcess
{
    internal SimulatedProcess(string name, int life)
    {
        Name = name;
        Life = life;
    }

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Gets how often the process had been started before.</summary>
    public int Life { get; }

    /// <summary>Gets the client: references of this process, which its observers are reached by.</summary>
    public IGrainFactory Grains => throw new NotSupportedException();

    /// <summary>Gets the process's clock; its wall clock may be wrong.</summary>
    public TimeProvider Clock => throw new NotSupportedException();

    /// <summary>Gets the process's randomness.</summary>
    public SimulatedRandom Random => throw new NotSupportedException();

    /// <summary>Gets a token that is cancelled when the process is asked to end. After a crash it is not: nothing happens then.</summary>
    public CancellationToken Ended => throw new NotSupportedException();

    /// <summary>Gets a value indicating whether the process has not ended: its main function runs.</summary>
    public bool IsRunning => throw new NotSupportedException();

    /// <summary>Asks the process to end.</summary>
    public void End() => throw new NotSupportedException();

    /// <summary>Ends the process, as kill -9 does. It is not started again.</summary>
    public void Crash() => throw new NotSupportedException();
}
