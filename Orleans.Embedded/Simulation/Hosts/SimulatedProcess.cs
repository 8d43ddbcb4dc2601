using Orleans.Runtime;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Observers;
using Orleans.Runtime.Scheduling;
using Orleans.Simulation.Network;

namespace Orleans.Simulation;

/// <summary>How a process is treated.</summary>
public sealed record SimulatedProcessOptions
{
    /// <summary>Gets a value indicating whether <see cref="FaultKind.ProcessCrash"/> may hit the process. It is then started again, with nothing but its name.</summary>
    public bool MayCrash { get; init; }
}

#pragma warning disable CA1001 // What it holds ends with the simulated host, not by disposal.

/// <summary>
/// A process outside of the silo: a client, a worker. It has its own clock, and calls grains, and is called by them, over the simulated network. After a crash
/// another object of this class takes its place.
/// </summary>
public sealed class SimulatedProcess
{
    private readonly SimulatedCluster _cluster;
    private readonly SimulatedHost _host;
    private readonly ResponseTimeouts _timeouts;
    private readonly CancellationTokenSource _ended = new();
    private readonly Func<SimulatedProcess, Task> _main;

    internal SimulatedProcess(SimulatedCluster cluster, SimulatedHost host, SimulatedNetwork network, IGrainTypeResolver types, ProcessStart start)
    {
        _cluster = cluster;
        _host = host;
        _main = start.Main;
        Start = start;

        var client = $"process-{host.Name}-{host.Random.Next():x16}";
        var observers = new ObserverTable(client, host);
        Client = client;
        End = new NetworkEnd(network, host, observers);
        _timeouts = new ResponseTimeouts(host.Clock, cluster.Options.ResponseTimeout);
        Grains = new GrainFactory(new GrainCaller(End, _timeouts, host, GrainId.Create(ObserverTable.ClientType, client)), types, observers);
        network.Connect(client, End);
    }

    /// <summary>Gets the name.</summary>
    public string Name => Start.Name;

    /// <summary>Gets how often the process had been started before.</summary>
    public int Life => Start.Life;

    /// <summary>Gets the client: references of this process, which its observers are reached by.</summary>
    public IGrainFactory Grains { get; }

    /// <summary>Gets the process's clock; its wall clock may be wrong.</summary>
    public TimeProvider Clock => _host.Clock;

    /// <summary>Gets the process's randomness; another life of the process has other numbers.</summary>
    public SimulatedRandom Random => _host.Random;

    /// <summary>Gets a token that is cancelled when the process is asked to end. After a crash it is not: nothing happens then.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Gets a value indicating whether the process has not ended: its main function runs.</summary>
    public bool IsRunning => _host.IsAlive;

    /// <summary>Gets its end of the network.</summary>
    internal NetworkEnd End { get; }

    /// <summary>Gets its identity as a client.</summary>
    internal string Client { get; }

    /// <summary>Gets how it was started.</summary>
    internal ProcessStart Start { get; }

    /// <summary>Asks the process to end.</summary>
    public void Stop() => _ended.Cancel();

    /// <summary>Ends the process, as kill -9 does. It is not started again.</summary>
    public void Crash() => _cluster.Crash(this, restart: false);

    /// <inheritdoc/>
    public override string ToString() => _host.Name;

    /// <summary>Runs the main function.</summary>
    internal void Run() => _ = new ServiceTurns(_host).RunAsync(async () =>
    {
        Exception? failure = null;
        try
        {
            await _main(this);
        }
        catch (Exception error)
        {
            failure = error;
        }

        _cluster.OnEnded(this, failure);
    });

    /// <summary>Nothing happens in it any more.</summary>
    internal void Halt()
    {
        _host.End();
        _timeouts.Dispose();
    }
}

/// <summary>How a process was started.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Main">What it does.</param>
/// <param name="Options">How it is treated.</param>
/// <param name="Life">How often it had been started before.</param>
internal sealed record ProcessStart(string Name, Func<SimulatedProcess, Task> Main, SimulatedProcessOptions Options, int Life);
