using System.Collections.Immutable;
using Orleans.Simulation.Loop;

namespace Orleans.Simulation.Faults;

/// <summary>Decides what goes wrong, and counts it.</summary>
internal sealed class FaultPlan
{
    private static readonly ImmutableArray<FaultKind> s_kinds = [.. Enum.GetValues<FaultKind>()];

    private readonly SimulationLoop _loop;
    private readonly SimulationOptions _options;
    private readonly SimulatedRandom _network;
    private readonly SimulatedRandom _storage;
    private readonly SimulatedRandom _crashes;
    private readonly long[] _injected = new long[s_kinds.Length];

    /// <summary>Initializes a plan.</summary>
    /// <param name="options">What is simulated.</param>
    /// <param name="loop">The loop.</param>
    /// <param name="streams">Gives streams of random numbers.</param>
    internal FaultPlan(SimulationOptions options, SimulationLoop loop, Func<string, SimulatedRandom> streams)
    {
        _options = options;
        _loop = loop;
        _network = streams("faults of the network");
        _storage = streams("faults of storage");
        _crashes = streams("crashes");
        Rates = options.Faults ?? FaultRates.Draw(streams("fault rates"));
        NextSiloCrash = NextCrash(Rates.SiloCrash);
        NextProcessCrash = NextCrash(Rates.ProcessCrash);
    }

    /// <summary>Gets how often things go wrong.</summary>
    internal FaultRates Rates { get; }

    /// <summary>Gets a value indicating whether the faults have ended: what was drawn and has not happened does not happen.</summary>
    internal bool IsStopped { get; private set; }

    /// <summary>Gets the step at which the silo crashes.</summary>
    internal long NextSiloCrash { get; private set; }

    /// <summary>Gets the step at which a process crashes.</summary>
    internal long NextProcessCrash { get; private set; }

    /// <summary>Gets or sets what is told of everything that goes wrong.</summary>
    internal Action<FaultKind>? Injecting { get; set; }

    /// <summary>Gets a value indicating whether anything has gone wrong so far.</summary>
    internal bool HasInjected => Array.Exists(_injected, count => count > 0);

    /// <summary>Gets what has gone wrong so far.</summary>
    internal ImmutableDictionary<FaultKind, long> Injected => s_kinds.ToImmutableDictionary(kind => kind, kind => _injected[(int)kind]);

    /// <summary>Ends the faults.</summary>
    internal void Stop()
    {
        IsStopped = true;
        NextSiloCrash = NextProcessCrash = long.MaxValue;
    }

    /// <summary>Draws when the silo crashes next.</summary>
    internal void PlanSiloCrash() => NextSiloCrash = NextCrash(Rates.SiloCrash);

    /// <summary>Draws when a process crashes next.</summary>
    internal void PlanProcessCrash() => NextProcessCrash = NextCrash(Rates.ProcessCrash);

    /// <summary>Draws which of some processes is hit.</summary>
    /// <param name="count">How many there are.</param>
    /// <returns>The index of one.</returns>
    internal int PickVictim(int count) => _crashes.Next(count);

    /// <summary>Draws how long something is down.</summary>
    /// <returns>The time in ticks.</returns>
    internal long DownTime() => _crashes.NextTime(_options.DownTime.Least, _options.DownTime.Greatest).Ticks;

    /// <summary>Draws the error of a wall clock.</summary>
    /// <returns>The error.</returns>
    internal TimeSpan ClockError()
    {
        if (IsStopped || Rates.ClockSkew == TimeSpan.Zero) return TimeSpan.Zero;

        Inject(FaultKind.ClockSkew);
        return Rates.ClockSkew * ((_crashes.NextDouble() * 2) - 1);
    }

    /// <summary>Draws what happens to a call.</summary>
    /// <param name="mayRepeat">Whether its caller may make it again.</param>
    /// <returns>The fault; null for none.</returns>
    internal FaultKind? OfCall(bool mayRepeat)
    {
        if (IsStopped) return null;

        var drawn = _network.NextDouble();
        if ((drawn -= Rates.CallLost) < 0) return FaultKind.CallLost;
        if ((drawn -= Rates.ReplyLost) < 0) return FaultKind.ReplyLost;
        return mayRepeat && drawn < Rates.CallDuplicated ? FaultKind.CallDuplicated : null;
    }

    /// <summary>Draws how long a call, or its outcome, is on its way.</summary>
    /// <returns>The time in ticks.</returns>
    internal long NetworkTime()
    {
        if (IsStopped || !_network.Chance(Rates.CallDelayed)) return _network.Next(_options.NetworkTime.Least.Ticks, _options.NetworkTime.Greatest.Ticks);

        Inject(FaultKind.CallDelayed);
        return _network.NextTime(_options.DelayTime.Least, _options.DelayTime.Greatest).Ticks;
    }

    /// <summary>Draws an even chance in the network.</summary>
    /// <returns>Whether it happens.</returns>
    internal bool IsHeads() => _network.Chance(0.5);

    /// <summary>Draws after what time a caller whose reply was lost calls again.</summary>
    /// <returns>The time in ticks.</returns>
    internal long RepeatTime() => _network.NextTime(_options.NetworkTime.Greatest, _options.ResponseTimeout / 2).Ticks;

    /// <summary>Draws what happens to a storage operation.</summary>
    /// <param name="isWrite">Whether it changes something.</param>
    /// <param name="hasVersion">Whether it depends on the version of a record.</param>
    /// <returns>The fault; null for none.</returns>
    internal FaultKind? OfStorage(bool isWrite, bool hasVersion)
    {
        if (IsStopped) return null;

        var drawn = _storage.NextDouble();
        if ((drawn -= Rates.StorageFailedBefore) < 0) return FaultKind.StorageFailedBefore;
        if (!isWrite) return null;
        if ((drawn -= Rates.StorageFailedAfter) < 0) return FaultKind.StorageFailedAfter;
        return hasVersion && drawn < Rates.ETagConflict ? FaultKind.ETagConflict : null;
    }

    /// <summary>Draws how long a storage operation takes.</summary>
    /// <returns>The time in ticks.</returns>
    internal long StorageTime()
    {
        if (IsStopped || !_storage.Chance(Rates.StorageSlow)) return _storage.Next(_options.StorageTime.Least.Ticks, _options.StorageTime.Greatest.Ticks);

        Inject(FaultKind.StorageSlow);
        return _storage.NextTime(_options.DelayTime.Least, _options.DelayTime.Greatest).Ticks;
    }

    /// <summary>Draws whether a write that was under way when its silo crashed took effect.</summary>
    /// <returns>Whether it did.</returns>
    internal bool TookEffect() => _storage.Chance(0.5);

    /// <summary>Notes that something goes wrong now.</summary>
    /// <param name="kind">What.</param>
    internal void Inject(FaultKind kind)
    {
        _injected[(int)kind]++;
        Injecting?.Invoke(kind);
        _loop.Note((ulong)kind);
        if (_loop.IsTraced) _loop.Trace($"  fault {kind}");
    }

    // The number of steps until something of this probability happens.
    private long NextCrash(double probability) => probability switch
    {
        <= 0 => long.MaxValue,
        >= 1 => _loop.Steps + 1,
        _ => _loop.Steps + 1 + (long)Math.Min(1e15, Math.Log(1 - _crashes.NextDouble()) / Math.Log(1 - probability)),
    };
}
