using System.Collections.Immutable;
using System.Diagnostics;
using ProvingMarket.Simulation.Requesters;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Running;

/// <summary>Runs seeds, a world a thread.</summary>
public static class FaultSearch
{
    /// <summary>How many requests are made in a run unless told otherwise.</summary>
    public const int StandardLifecycles = 500;

    /// <summary>The mechanisms that requests can be made for.</summary>
    public static ImmutableArray<string> Mechanisms => MechanismScript.Names;

    /// <summary>Runs all seeds from <paramref name="first"/> to <paramref name="last"/>.</summary>
    /// <param name="first">The first seed.</param>
    /// <param name="last">The last seed.</param>
    /// <param name="lifecycles">How many requests are made in each run.</param>
    /// <param name="mechanism">The mechanism that all requests name; null for all of them, and the market's own choice.</param>
    /// <param name="done">Told of every seed that is done, on several threads.</param>
    /// <param name="cancellationToken">Begins no more seeds, and ends those under way: the report is of the others.</param>
    public static FaultReport Run(
        long first, long last, int lifecycles, string? mechanism, Action<SeedReport>? done, CancellationToken cancellationToken) =>
        Run(first, last, seed => Options(seed, lifecycles, mechanism) with { Interrupted = cancellationToken }, done, cancellationToken) with { Mechanism = mechanism };

    /// <summary>Runs one seed and writes down every step.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted before the run had ended.</exception>
    public static SeedReport Trace(long seed, int lifecycles, string? mechanism, TextWriter trace, CancellationToken cancellationToken)
    {
        using var world = new World(Options(seed, lifecycles, mechanism) with { Trace = trace, Interrupted = cancellationToken });
        return world.Run();
    }

    private static WorldOptions Options(long seed, int lifecycles, string? mechanism)
    {
        var options = new WorldOptions { Seed = seed, Lifecycles = lifecycles };
        return mechanism is null ? options : options with { Mechanisms = [mechanism] };
    }

    internal static FaultReport Run(
        long first, long last, Func<long, WorldOptions> options, Action<SeedReport>? done, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var next = first - 1;
        var reports = new List<SeedReport>();
        // Threads of their own: a world blocks its thread for as long as it lives.
        var threads = Enumerable.Range(0, (int)Math.Min(Environment.ProcessorCount, last - first + 1)).Select(_ => new Thread(Work)).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return FaultReport.Of(first, last, options(first).Lifecycles, reports, Stopwatch.GetElapsedTime(started));

        void Work()
        {
            while (!cancellationToken.IsCancellationRequested && Interlocked.Increment(ref next) is var seed && seed <= last)
            {
                if (TryRun(options(seed)) is not { } report) return;
                lock (reports) reports.Add(report);
                done?.Invoke(report);
            }
        }
    }

    /// <summary>Runs one seed; null when it was interrupted.</summary>
    private static SeedReport? TryRun(WorldOptions options)
    {
        try
        {
            using var world = new World(options);
            return world.Run();
        }
        catch (OperationCanceledException) when (options.Interrupted.IsCancellationRequested)
        {
            return null;
        }
    }
}
