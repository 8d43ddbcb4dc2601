using System.Globalization;
using Orleans.Runtime.Calls;
using Orleans.Simulation.Loop;
using Orleans.Simulation.Storage;

namespace Orleans.Simulation;

/// <content>How the silo and the processes begin and end.</content>
public sealed partial class SimulatedCluster
{
    private readonly List<SimulatedProcess> _processes = [];
    private SimulatedSilo? _silo;
    private IGrainTypeResolver? _grainTypes;
    private int _siloLives;

    /// <summary>Starts a process.</summary>
    /// <param name="name">Its name; no running process has the same.</param>
    /// <param name="main">What it does. The process ends with it; what it throws is thrown by <see cref="Step"/>.</param>
    /// <param name="options">How it is treated.</param>
    /// <returns>The process.</returns>
    public SimulatedProcess StartProcess(string name, Func<SimulatedProcess, Task> main, SimulatedProcessOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(main);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return Start(new ProcessStart(name, main, options ?? new SimulatedProcessOptions(), Life: 0));
    }

    /// <summary>Ends the silo, as kill -9 does, if it has not ended. It is started again after a drawn time.</summary>
    public void CrashSilo()
    {
        if (_silo is null) return;

        _faults.Inject(FaultKind.SiloCrash);
        EndSilo();
    }

    /// <summary>Ends a process, as kill -9 does.</summary>
    /// <param name="process">The process.</param>
    /// <param name="restart">Whether it is started again after a drawn time.</param>
    internal void Crash(SimulatedProcess process, bool restart)
    {
        if (!process.IsRunning) return;

        _faults.Inject(FaultKind.ProcessCrash);
        Remove(process);
        if (restart) _loop.Schedule(new Later($"restart {process}", () => Start(process.Start with { Life = process.Life + 1 })), _faults.DownTime());
    }

    /// <summary>A process's main function has ended.</summary>
    /// <param name="process">The process.</param>
    /// <param name="failure">How it failed, or null.</param>
    internal void OnEnded(SimulatedProcess process, Exception? failure)
    {
        if (!process.IsRunning) return;

        if (_loop.IsTraced) _loop.Trace($"  ended {process}");
        Remove(process);
        if (failure is not null) _failure ??= new SimulatedProcessException($"The process {process} failed at {Now:O}: {failure.Message}", failure);
    }

    private void CrashWhatIsDue()
    {
        if (_loop.Steps >= _faults.NextSiloCrash)
        {
            _faults.PlanSiloCrash();
            CrashSilo();
        }

        if (_loop.Steps >= _faults.NextProcessCrash)
        {
            _faults.PlanProcessCrash();
            var victims = _processes.FindAll(process => process.Start.Options.MayCrash);
            if (victims.Count > 0) Crash(victims[_faults.PickVictim(victims.Count)], restart: true);
        }
    }

    private SimulatedProcess Start(ProcessStart start)
    {
        if (_processes.Exists(process => process.Name == start.Name)) throw new InvalidOperationException($"A process with the name '{start.Name}' is running.");

        var name = string.Create(CultureInfo.InvariantCulture, $"{start.Name}.{start.Life}");
        var host = new SimulatedHost(_loop, name, new SimulatedRandom(Options.Seed, $"process {name}"), _faults.ClockError(), isSilo: false);
        var process = new SimulatedProcess(this, host, _network, _grainTypes!, start);
        _processes.Add(process);
        _loop.Guard.Enter();
        process.Run();
        _loop.Guard.Leave();
        return process;
    }

    private void Remove(SimulatedProcess process)
    {
        process.Halt();
        _processes.Remove(process);
        _network.Disconnect(process.Client);
        _silo?.End!.OnEnded(process.End);
    }

    private void StartSilo()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"silo.{_siloLives++}");
        var host = new SimulatedHost(_loop, name, new SimulatedRandom(Options.Seed, name), _faults.ClockError(), isSilo: true);
        var silo = _silo = new SimulatedSilo(this, host, _network, new DiskAccess(host, Disk, _faults, Options.ExternalSynchrony));
        _grainTypes = silo.GrainTypes;
        _loop.Guard.Enter();
        silo.Start(failure => OnStarted(silo, failure));
        _loop.Guard.Leave();
    }

    private void OnStarted(SimulatedSilo silo, Exception? failure)
    {
        if (failure is null)
        {
            _network.Silo = silo.End;
            if (_loop.IsTraced) _loop.Trace("  the silo is up");
            SiloStarted?.Invoke();
        }
        else if (_faults.HasInjected)
        {
            // As a supervisor does: the start failed, so it is tried again.
            if (_loop.IsTraced) _loop.Trace($"  the silo did not start: {failure.Message}");
            EndSilo();
        }
        else
        {
            _failure ??= new InvalidOperationException($"The silo did not start: {failure.Message}", failure);
        }
    }

    private void EndSilo()
    {
        var silo = _silo!;
        _silo = null;
        _network.Silo = null;
        silo.Crash();
        silo.Dispose();
        foreach (var process in _processes) process.End.OnEnded(silo.End!);
        _loop.Schedule(new Later("start the silo", StartSilo), _faults.DownTime());
        SiloCrashed?.Invoke();
    }

    private sealed class Later(string name, Action happen) : SimulatedEvent
    {
        public override string ToString() => name;

        internal override void Happen() => happen();
    }
}
