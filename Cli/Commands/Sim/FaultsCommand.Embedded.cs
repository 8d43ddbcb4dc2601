using System.CommandLine;
using System.Globalization;
using ProvingMarket.Simulation.Running;

namespace ProvingMarket.Cli.Commands.Sim;

/// <summary><c>market sim faults</c>: looks for seeds that break a promise of the market.</summary>
internal static class FaultsCommand
{
    private const int MostLifecycles = 1_000_000;

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var seeds = new Option<SeedRange?>("--seeds") { Description = "Seeds to run, A..B, over all cores", CustomParser = SeedRange.Parse };
        var seed = new Option<long?>("--seed") { Description = "One seed to run" };
        var trace = new Option<bool>("--trace") { Description = "Print every step of that seed, and the hash over all of them" };
        var lifecycles = new Option<int>("--lifecycles")
        {
            Description = "Requests made in each run", DefaultValueFactory = _ => FaultSearch.StandardLifecycles,
        };
        lifecycles.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MostLifecycles)
                result.AddError($"--lifecycles must be 1 to {MostLifecycles}; was {result.GetValueOrDefault<int>()}.");
        });
        var mechanism = new Option<string?>("--mechanism") { Description = "Requests name this mechanism only, instead of any or none" };
        mechanism.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } name && !FaultSearch.Mechanisms.Contains(name))
                result.AddError($"--mechanism must be one of {string.Join(", ", FaultSearch.Mechanisms)}; was '{name}'.");
        });
        var json = new Option<bool>("--json") { Description = "Print the report as one JSON object" };
        var command = new DocumentedCommand(
            "faults",
            """
            Runs the whole market, with its clients and workers, in virtual time on one thread, and makes everything go wrong that can: the silo dies
            at any await, calls are lost, late or doubled, storage fails before or after it has written, clocks are wrong, provers and requesters cheat.
            Money, leases, deadlines and every acknowledgement are checked all the time. A seed decides all of it.
            """,
            """
            Exit codes:
              0  nothing was violated
              1  something was; the report names seed, step and invariant, and how to run it again
              2  unusable arguments

            JSON (--json): firstSeed, lastSeed, lifecyclesPerRun, mechanism, runs, steps, virtualSeconds, lifecycles {phase: count}, faults {kind: count},
            violations [{seed, step, at, invariant, expected, found}], seconds, seedsPerSecond. Names are never changed, only added.

            Examples:
              market sim faults --seeds 1..1000
              market sim faults --seeds 1..100 --lifecycles 50 --json
              market sim faults --seeds 1..2000 --lifecycles 40 --mechanism cooperative
              market sim faults --seed 42 --trace
            """)
        {
            seeds, seed, trace, lifecycles, mechanism, json,
        };
        command.Validators.Add(result =>
        {
            var one = result.GetResult(seed) is not null;
            if (one == result.GetResult(seeds) is not null) result.AddError("Give either --seeds A..B or --seed N.");
            else if (result.GetValue(trace) && !one) result.AddError("--trace needs --seed N: the steps of one run.");
            else if (result.GetValue(trace) && result.GetValue(json)) result.AddError("Give either --trace or --json.");
            else if (one && result.GetValue(seed) < 0) result.AddError($"--seed must be 0 or more; was {result.GetValue(seed)}.");
        });
        command.SetAction((result, cancellationToken) =>
        {
            var output = result.InvocationConfiguration.Output;
            var range = result.GetValue(seeds) ?? new SeedRange(result.GetValue(seed)!.Value, result.GetValue(seed)!.Value);
            return Task.FromResult(result.GetValue(trace)
                ? Trace(range.First, result.GetValue(lifecycles), result.GetValue(mechanism), output)
                : Search(range, result.GetValue(lifecycles), result.GetValue(mechanism), result.GetValue(json), output, cancellationToken));
        });
        return command;
    }

    private static int Search(SeedRange seeds, int lifecycles, string? mechanism, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        var report = FaultSearch.Run(seeds.First, seeds.Last, lifecycles, mechanism, done: null, cancellationToken);
        output.Write(json ? report.ToJson() + Environment.NewLine : report.ToString());
        return report.Violations.IsEmpty ? ExitCodes.Success : ExitCodes.Refused;
    }

    private static int Trace(long seed, int lifecycles, string? mechanism, TextWriter output)
    {
        var report = FaultSearch.Trace(seed, lifecycles, mechanism, output);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Steps} steps, hash {report.TraceHash}"));
        foreach (var violation in report.Violations) output.WriteLine(violation);
        return report.Violations.IsEmpty ? ExitCodes.Success : ExitCodes.Refused;
    }
}
