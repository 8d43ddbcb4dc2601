using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using ProvingMarket.Cli.Flags;
using ProvingMarket.Simulation.Study;
using ProvingMarket.Simulation.Study.Demand;

namespace ProvingMarket.Cli.Commands.Sim;

/// <summary><c>market sim qos</c>: what quality of service requesters get, policy by policy.</summary>
internal static class QosCommand
{
    private const int MostRequests = 100_000;
    private const int MostSeeds = 1_000;
    private const string All = "all";
    private const string Policies = "policies";
    private const string Tuning = "tuning";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var experiment = ValueOptions.OneOf("--experiment", $"What is asked: {Policies}, or {Tuning}: does tuning help a requester whom the market's instance does not fit?", Policies, Tuning).UnlessGiven(Policies);
        var population = Names("--population", "Who asks: mixed, a persona alone, several with commas between them, or all.", "mixed", QosStudy.Populations);
        var policy = Names("--policy", "What is compared: routed, mechanisms, oracle, with commas between them; all unless given.", All, QosStudy.Policies);
        var requests = ValueOptions.Number(
            "--requests", $"Requests of each seed and population, {QosStudy.FewestRequests} to {MostRequests}; {QosStudy.StandardRequests} unless given, of {Tuning} {TuningStudy.StandardRequests}.", QosStudy.FewestRequests, MostRequests);
        var seed = SeedRange.OneOption("One seed; 1 unless given.");
        var seeds = SeedRange.Option("Seeds: independent provers and requests each.", MostSeeds);
        var workload = new Option<FileInfo?>("--workload") { HelpName = "FILE", Description = "A CSV file with job sizes; built in unless given." };
        var column = new Option<string?>("--column") { HelpName = "NAME", Description = $"Its column, or LEAST..GREATEST for two with ranges; else the first there of {string.Join(", ", WorkloadFile.DefaultColumns)}." };
        var json = Answers.JsonOption();
        var html = new Option<FileInfo?>("--html") { HelpName = "FILE", Description = "Also write the report as a page with charts that needs nothing but itself." };
        var command = new DocumentedCommand(
            "qos",
            """
            Compares policies by the quality of service that requesters get: routed by the market, each mechanism for everybody, and the best of these for each
            request as it is known afterwards (oracle). Every policy has a world of its own with the same 100 provers, the same requests and the same luck; in it
            run the market's own grains, clients and workers, in virtual time.
            """,
            $"""
            Populations: {string.Join(", ", QosStudy.Populations)}
            Policies:    {string.Join(", ", QosStudy.Policies)}

            With --experiment {Tuning} one requester makes all requests in a market that has a single instance, far from what serves it well: with tuning and
            without, and the policies given are what the oracle chooses from. Excess above it is printed for every quarter of the requests.

            Exit codes:
              0  the study is done, whatever it says
              2  unusable arguments or workload; nothing was done. Also: the page of --html could not be written after the report was printed
              3  the program itself failed
              130  interrupted by Ctrl-C or SIGTERM; nothing is printed of a study that is not complete

            JSON (--json): firstSeed, lastSeed, requests, warmUp, provers, workload, policies, populations [{"{"}population, policies [{"{"}policy, loss, excess,
            delivered, allocationRegret, price, latencyP50, latencyP90, holders, choices, utilisation, incomeConcentration{"}"}], bestSingle, personaWiseRatio, routed {"{"}difference,
            excessRatio{"}"}, calibration {"{"}timeP90, timeP50, priceP90, delivered{"}"}, bars [{"{"}name, measured, verdict{"}"}], personas{"}"}], breakEven, worlds, steps; of {Tuning} firstSeed,
            lastSeed, requests, workload, oracle, bar, cases [{"{"}name, persona, instance, windows [{"{"}from, to, notTuned, tuned, gone{"}"}], tuned{"}"}], worlds, steps. Names are never changed, only added. The same arguments give the same bytes.

            Examples:
              market sim qos
              market sim qos --population all --seeds 1..5 --html study.html
              market sim qos --population arbitrage-bot --policy race,order-book,oracle --requests 200 --json
              market sim qos --workload blocks.csv --column sp1_cycles
              market sim qos --workload customers.csv --column mcycles_min..mcycles_max
              market sim qos --experiment tuning --seeds 1..8
            """)
        {
            experiment, population, policy, requests, seed, seeds, workload, column, json, html,
        };
        command.SetAction((line, cancellationToken) =>
        {
            if (line.GetResult(seed) is not null && line.GetResult(seeds) is not null) return Task.FromResult(line.Fail(ExitCodes.Unusable, SeedRange.EitherOr));
            if (line.GetValue(experiment) == Tuning && line.GetResult(population) is { Implicit: false })
                return Task.FromResult(line.Fail(ExitCodes.Unusable, $"--experiment {Tuning} has requesters of its own; leave --population out."));
            if (line.GetResult(column) is not null && line.GetResult(workload) is null) return Task.FromResult(line.Fail(ExitCodes.Unusable, "--column needs --workload."));
            var one = line.IfGiven(seed) ?? 1;
            var range = line.IfGiven(seeds) ?? new SeedRange(one, one);
            var isTuning = line.GetValue(experiment) == Tuning;
            var options = new StudyOptions
            {
                Populations = line.GetValue(population),
                Policies = line.GetValue(policy),
                Requests = line.IfGiven(requests) ?? (isTuning ? TuningStudy.StandardRequests : QosStudy.StandardRequests),
                FirstSeed = range.First,
                LastSeed = range.Last,
            };
            if (line.GetValue(workload) is { } file)
            {
                if (ReadSizes(file, line.GetValue(column), line.InvocationConfiguration.Error) is not { } sizes) return Task.FromResult(ExitCodes.Unusable);
                options = options with { Sizes = sizes };
            }
            if (!isTuning) return Task.FromResult(Run(line, told => QosStudy.Run(options, told, cancellationToken), study => study.ToJson(), study => study.ToHtml(), line.GetValue(html)));
            return Task.FromResult(options.Policies.Any(QosStudy.Mechanisms.Contains)
                ? Run(line, told => TuningStudy.Run(options, told, cancellationToken), study => study.ToJson(), study => study.ToHtml(), line.GetValue(html))
                : line.Fail(ExitCodes.Unusable, $"--experiment {Tuning} needs a mechanism as --policy, for the oracle."));
        });
        return command;
    }

    private static int Run<TReport>(ParseResult line, Func<Action<StudyProgress>, TReport> study, Func<TReport, string> toJson, Func<TReport, string> toHtml, FileInfo? html)
        where TReport : notnull
    {
        var progress = TextWriter.Synchronized(line.InvocationConfiguration.Error);
        var report = study(done => progress.WriteLine($"{done.Done}/{done.Of} seed {done.Seed} {done.Population} {done.Policy}"));
        // What took long is printed before a file can fail.
        line.Answer(() => report.ToString()!.TrimEnd(), () => toJson(report));
        if (html is null) return ExitCodes.Success;
        try
        {
            File.WriteAllText(html.FullName, toHtml(report), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return line.Fail(ExitCodes.Unusable, $"--html: {html} cannot be written: {exception.Message}");
        }
    }

    private static JobSizes? ReadSizes(FileInfo file, string? column, TextWriter error)
    {
        if (!InputFile.TryRead(file, out var bytes, out var unreadable))
        {
            error.WriteLine($"--workload: {unreadable.Message}");
            return null;
        }
        var (sizes, problem) = WorkloadFile.Read(file.Name, Encoding.UTF8.GetString(bytes), column);
        if (problem is not null) error.WriteLine($"--workload: {file}: {problem}");
        return sizes;
    }

    /// <summary>An option of names with commas between them.</summary>
    private static Option<ImmutableArray<string>> Names(string name, string description, string unlessGiven, ImmutableArray<string> known) => new(name)
    {
        HelpName = "NAMES",
        Description = description,
        DefaultValueFactory = _ => unlessGiven == All ? known : [unlessGiven],
        CustomParser = argument =>
        {
            if (argument.Tokens is not [{ Value: var text }]) return [];
            var names = text.Split(',', StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal).ToImmutableArray();
            if (names is [All]) return known;
            var unknown = names.FirstOrDefault(given => !known.Contains(given));
            if (unknown is null && names.Contains("oracle") && names.All(given => given is "oracle" or "routed"))
                argument.AddError($"{name} oracle needs at least one mechanism beside it.");
            if (unknown is not null) argument.AddError(ValueOptions.Refusal(name, $"{All} or of {string.Join(", ", known)}", unknown));
            return names;
        },
    };
}
