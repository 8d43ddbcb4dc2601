using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
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
        var experiment = new Option<string>("--experiment") { Description = $"What is asked: {Policies}, or {Tuning}: does tuning help a requester whom the market's instance does not fit?", DefaultValueFactory = _ => Policies };
        experiment.AcceptOnlyFromAmong(Policies, Tuning);
        var population = Names("--population", "Who asks: mixed, a persona alone, several with commas between them, or all", "mixed", QosStudy.Populations);
        var policy = Names("--policy", "What is compared: routed, mechanisms, oracle, with commas between them; all unless given", All, QosStudy.Policies);
        var requests = new Option<int>("--requests") { Description = $"Requests of each seed and population; {QosStudy.StandardRequests} unless given, of {Tuning} {TuningStudy.StandardRequests}", DefaultValueFactory = _ => QosStudy.StandardRequests };
        requests.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < QosStudy.FewestRequests or > MostRequests)
                result.AddError($"--requests must be {QosStudy.FewestRequests} to {MostRequests}; was {result.GetValueOrDefault<int>()}.");
        });
        var seed = new Option<long?>("--seed") { Description = "One seed; 1 unless given", CustomParser = ParseSeed };
        var seeds = new Option<SeedRange?>("--seeds") { Description = "Seeds, A..B: independent provers and requests each", CustomParser = ParseSeeds };
        var workload = new Option<FileInfo?>("--workload") { Description = "A CSV file with job sizes; built in unless given" };
        var column = new Option<string?>("--column") { Description = $"Its column, or LEAST..GREATEST for two with ranges; else the first there of {string.Join(", ", WorkloadFile.DefaultColumns)}" };
        var json = new Option<bool>("--json") { Description = "Print the report as one JSON object" };
        var html = new Option<FileInfo?>("--html") { Description = "Also write the report as a page with charts that needs nothing but itself" };
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
              1  it was interrupted
              2  unusable arguments or workload; nothing was done

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
        command.Validators.Add(result =>
        {
            if (result.GetResult(seed) is not null && result.GetResult(seeds) is not null) result.AddError("Give either --seeds A..B or --seed N.");
            if (result.GetValue(experiment) == Tuning && result.GetResult(population) is { Implicit: false }) result.AddError($"--experiment {Tuning} has requesters of its own; leave --population out.");
            if (result.GetResult(column) is not null && result.GetResult(workload) is null) result.AddError("--column needs --workload.");
        });
        command.SetAction((result, cancellationToken) =>
        {
            var range = result.GetValue(seeds) ?? new SeedRange(result.GetValue(seed) ?? 1, result.GetValue(seed) ?? 1);
            var options = new StudyOptions
            {
                Populations = result.GetValue(population),
                Policies = result.GetValue(policy),
                Requests = result.GetValue(requests),
                FirstSeed = range.First,
                LastSeed = range.Last,
            };
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            if (result.GetValue(workload) is { } file)
            {
                if (ReadSizes(file, result.GetValue(column), error) is not { } sizes) return Task.FromResult(ExitCodes.Unusable);
                options = options with { Sizes = sizes };
            }
            if (result.GetValue(experiment) == Policies)
                return Task.FromResult(Run(told => QosStudy.Run(options, told, cancellationToken), study => study.ToJson(), study => study.ToHtml(), result.GetValue(json), result.GetValue(html), output, error));
            if (!options.Policies.Any(QosStudy.Mechanisms.Contains))
            {
                error.WriteLine($"--experiment {Tuning} needs a mechanism as --policy, for the oracle.");
                return Task.FromResult(ExitCodes.Unusable);
            }
            if (result.GetResult(requests) is not { Implicit: false }) options = options with { Requests = TuningStudy.StandardRequests };
            return Task.FromResult(Run(told => TuningStudy.Run(options, told, cancellationToken), study => study.ToJson(), study => study.ToHtml(), result.GetValue(json), result.GetValue(html), output, error));
        });
        return command;
    }

    private static long? ParseSeed(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)) return seed;
        argument.AddError($"--seed must be 0 or more; was {text}.");
        return null;
    }

    private static SeedRange? ParseSeeds(ArgumentResult argument)
    {
        var range = SeedRange.Parse(argument);
        if (range is not null && range.Last - range.First >= MostSeeds) argument.AddError($"--seeds must be at most {MostSeeds}; were {range.Last - range.First + 1}.");
        return range;
    }

    private static int Run<TReport>(
        Func<Action<StudyProgress>, TReport> study, Func<TReport, string> toJson, Func<TReport, string> toHtml, bool json, FileInfo? html, TextWriter output, TextWriter error)
        where TReport : notnull
    {
        var progress = TextWriter.Synchronized(error);
        TReport report;
        try
        {
            report = study(done => progress.WriteLine($"{done.Done}/{done.Of} seed {done.Seed} {done.Population} {done.Policy}"));
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Interrupted.");
            return ExitCodes.Refused;
        }
        // What took long is printed before a file can fail.
        output.Write(json ? toJson(report) + Environment.NewLine : report.ToString());
        if (html is null) return ExitCodes.Success;
        try
        {
            File.WriteAllText(html.FullName, toHtml(report), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"--html: {html} cannot be written: {exception.Message}");
            return ExitCodes.Unusable;
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
        Description = description,
        DefaultValueFactory = _ => unlessGiven == All ? known : [unlessGiven],
        CustomParser = argument =>
        {
            var names = argument.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal).ToImmutableArray();
            if (names is [All]) return known;
            var unknown = names.FirstOrDefault(given => !known.Contains(given));
            if (unknown is null && names.Contains("oracle") && names.All(given => given is "oracle" or "routed"))
                argument.AddError($"{name} oracle needs at least one mechanism beside it.");
            if (unknown is not null) argument.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be {All} or of {string.Join(", ", known)}; was '{unknown}'."));
            return names;
        },
    };
}
