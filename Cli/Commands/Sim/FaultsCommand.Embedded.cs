using System.CommandLine;
using System.Globalization;
using ProvingMarket.Cli.Flags;
using ProvingMarket.Simulation.Running;

namespace ProvingMarket.Cli.Commands.Sim;

/// <summary><c>market sim faults</c>: looks for seeds that break a promise of the market.</summary>
internal static class FaultsCommand
{
    private const int MostLifecycles = 1_000_000;

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var seeds = SeedRange.Option("Seeds to run, over all cores.");
        var seed = SeedRange.OneOption("One seed to run.");
        var trace = new Option<bool>("--trace") { Description = "Print every step of that seed, and the hash over all of them." };
        var lifecycles = ValueOptions.Number("--lifecycles", "Requests made in each run.", 1, MostLifecycles).UnlessGiven(FaultSearch.StandardLifecycles);
        var mechanism = ValueOptions.OneOf("--mechanism", "Requests name this mechanism only, instead of any or none.", FaultSearch.Mechanisms);
        var json = Answers.JsonOption();
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
              3  the program itself failed
              130  interrupted by Ctrl-C or SIGTERM; the report is of the seeds that were run until then, and is not complete

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
        command.SetAction((line, cancellationToken) => Task.FromResult(Run(
            line, line.IfGiven(seed), line.IfGiven(seeds), line.GetValue(trace), line.GetValue(lifecycles), line.GetValue(mechanism), cancellationToken)));
        return command;
    }

    private static int Run(ParseResult line, long? seed, SeedRange? seeds, bool trace, int lifecycles, string? mechanism, CancellationToken cancellationToken)
    {
        if (seed is null == seeds is null) return line.Fail(ExitCodes.Unusable, SeedRange.EitherOr);
        if (trace && seed is null) return line.Fail(ExitCodes.Unusable, "--trace needs --seed N: the steps of one run.");
        if (trace && line.WantsJson()) return line.Fail(ExitCodes.Unusable, "Give either --trace or --json.");
        return trace
            ? Trace(seed!.Value, lifecycles, mechanism, line.InvocationConfiguration.Output, cancellationToken)
            : Search(line, seeds ?? new SeedRange(seed!.Value, seed.Value), lifecycles, mechanism, cancellationToken);
    }

    private static int Search(ParseResult line, SeedRange seeds, int lifecycles, string? mechanism, CancellationToken cancellationToken)
    {
        var report = FaultSearch.Run(seeds.First, seeds.Last, lifecycles, mechanism, done: null, cancellationToken);
        line.Answer(() => report.ToString().TrimEnd(), report.ToJson);
        if (report.Runs < seeds.Count) return line.Fail(ExitCodes.Interrupted, $"Interrupted: {report.Runs} of {seeds.Count} seeds were run.");
        return report.Violations.IsEmpty ? ExitCodes.Success : ExitCodes.Refused;
    }

    private static int Trace(long seed, int lifecycles, string? mechanism, TextWriter output, CancellationToken cancellationToken)
    {
        var report = FaultSearch.Trace(seed, lifecycles, mechanism, output, cancellationToken);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Steps} steps, hash {report.TraceHash}"));
        foreach (var violation in report.Violations) output.WriteLine(violation);
        return report.Violations.IsEmpty ? ExitCodes.Success : ExitCodes.Refused;
    }
}
