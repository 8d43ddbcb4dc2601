using System.CommandLine;
using ProvingMarket.Benchmarks.Lifecycle.Growth;
using ProvingMarket.Benchmarks.Lifecycle.Market;
using ProvingMarket.Benchmarks.Lifecycle.Reports;

namespace ProvingMarket.Benchmarks.Lifecycle;

/// <summary>Reads what to measure, measures it, and reports.</summary>
internal static class LifecycleCommand
{
    private const string Description = """
        Measures whole durable lifecycles of proof requests: create and hold the price, reserve a slot and a bond, assign, submit, verify (at no cost),
        settle and release. Everything but proving and verifying is real: the server as it is shipped, prover grains, the provers' workers with their
        sessions and queues (in the server's process, with a backend that proves at once), and the client. A lifecycle's time runs from the first call of
        the client to the moment at which the client knows that everything is settled. By default a request admits one prover, in turn, as after an
        election; --field 16 lets sixteen race, --field 0 everybody.

        After each run money, slots, bonds and counts are added up, on durable storage again after a restart; exit code 1 when something is wrong.

        Examples:
          Lifecycle                                                     the market, in-process and over TCP, at 1, 64 and 512
          Lifecycle --against postgres,memory --json > results.json     with all that it is compared with
          Lifecycle --only market-sqlite,postgres-steps --rounds 5      those two in turn, and the median of their ratios
          Lifecycle --only market-sqlite --concurrency 64 --seconds 30  one run, for a profiler
          Lifecycle --only market-sqlite --set Market:RegistryShards=1  with another setting of the server
          Lifecycle growth --finished 1000000                           what a lifecycle costs in a large market
        """;

    public static RootCommand Create()
    {
        var against = List("--against", "PEERS", $"What to compare with, with commas between: {string.Join(", ", Contenders.Peers)}.", Contenders.Peers);
        var only = List("--only", "NAMES", $"Nothing but these: {string.Join(", ", Contenders.All.Select(contender => contender.Name))}.", Contenders.All.Select(contender => contender.Name));
        var concurrency = new Option<string>("--concurrency") { HelpName = "COUNTS", Description = "How many lifecycles at once, with commas between.", DefaultValueFactory = _ => "1,64,512" };
        concurrency.Validators.Add(result =>
        {
            foreach (var value in Split(result.GetValueOrDefault<string>()))
            {
                if (!int.TryParse(value, out var count) || count is < 1 or > 100_000) result.AddError($"--concurrency must be numbers from 1 to 100000, was {value}");
            }
        });
        var seconds = Number("--seconds", "How long one run is measured.", 10, 1, 86_400);
        var warmUp = Number("--warm-up", "Seconds before that.", 5, 0, 3_600);
        var rounds = Number("--rounds", "How often everything is measured, in turn; of ratios the median is told. For machines that others use, too.", 1, 1, 1_000);
        var provers = Number("--provers", "Provers with connected workers.", 200, 1, 100_000);
        var slots = Number("--slots", "Proofs a prover works on at once.", 16, 1, 1_024);
        var requesters = Number("--requesters", "Accounts that requests are paid from, in turn.", 64, 1, 100_000);
        var field = Number("--field", "Provers that are invited to one request, in turn; 0 for all.", 1, 0, 100);
        var settings = new Option<string[]>("--set") { HelpName = "NAME=VALUE", Description = "A setting of the market's server, as in docs/operations.md; may be given several times." };
        settings.Validators.Add(result =>
        {
            foreach (var setting in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (setting.IndexOf('=', StringComparison.Ordinal) < 1) result.AddError($"--set must be NAME=VALUE, was {setting}");
            }
            foreach (var name in Settings(result.GetValueOrDefault<string[]>()).CountBy(setting => setting.Name, StringComparer.OrdinalIgnoreCase).Where(name => name.Value > 1))
                result.AddError($"--set must name a setting once, was {name.Value} times {name.Key}");
            foreach (var (name, _) in Settings(result.GetValueOrDefault<string[]>()).Where(setting => MarketContender.OwnSettings.Contains(setting.Name)))
                result.AddError($"--set must not be what is compared ({string.Join(", ", MarketContender.OwnSettings)}), was {name}");
        });
        var json = new Option<bool>("--json") { Description = "Results as JSON on standard output; the table goes to standard error." };
        var command = new RootCommand(Description) { against, only, concurrency, seconds, warmUp, rounds, provers, slots, requesters, field, settings, json };
        command.Subcommands.Add(CreateGrowth());
        command.SetAction(async flags =>
        {
            var scale = new Scale
            {
                Provers = flags.GetValue(provers), Requesters = flags.GetValue(requesters), Slots = flags.GetValue(slots), Field = flags.GetValue(field),
                Settings = Settings(flags.GetValue(settings)).ToDictionary(setting => setting.Name, setting => (string?)setting.Value, StringComparer.OrdinalIgnoreCase),
            };
            if (scale.Field > scale.Provers)
            {
                await flags.InvocationConfiguration.Error.WriteLineAsync($"--field must be at most the {scale.Provers} provers, was {scale.Field}");
                return 2;
            }
            var timing = new Timing(TimeSpan.FromSeconds(flags.GetValue(warmUp)), TimeSpan.FromSeconds(flags.GetValue(seconds)));
            var chosen = Contenders.Choose(Split(flags.GetValue(against)), Split(flags.GetValue(only)));
            var report = new Report(Machine.Describe(), scale, timing, flags.GetValue(json), flags.InvocationConfiguration.Output);
            return await RunAsync(chosen, [.. Split(flags.GetValue(concurrency)).Select(int.Parse)], flags.GetValue(rounds), scale, timing, report, flags.InvocationConfiguration.Error);
        });
        return command;
    }

    private static Command CreateGrowth()
    {
        var provers = Number("--provers", "Latency of a lifecycle with 10 connected provers, then ten times as many, up to so many.", 10_000, 10, 100_000);
        var finished = Number("--finished", "The same, and the memory of each, after 1, 10, ... requests have ended.", 10_000, 1, 10_000_000);
        var open = Number("--open", "The same with 1, 10, ... requests that nobody can take.", 10_000, 1, 1_000_000);
        var idle = Number("--idle", "Memory and processor time of so many workers that have nothing to do.", 10_000, 2, 100_000);
        var slots = Number("--slots", "Proofs a prover works on at once.", 16, 1, 1_024);
        var leaves = new Option<bool>("--wait") { Description = "Waits for four minutes, until requests that have ended have left memory, and measures it again." };
        var json = new Option<bool>("--json") { Description = "Results as JSON on standard output; the table goes to standard error." };
        var command = new Command("growth", "Measures what a lifecycle costs as the market grows, and what it keeps in memory.") { provers, finished, open, idle, slots, leaves, json };
        command.SetAction(async flags =>
        {
            var scale = new GrowthScale(
                flags.GetValue(provers), flags.GetValue(finished), flags.GetValue(open), flags.GetValue(idle), flags.GetValue(slots), flags.GetValue(leaves));
            await GrowthReport.WriteAsync(scale, flags.GetValue(json), flags.InvocationConfiguration.Output);
            return 0;
        });
        return command;
    }

    private static async Task<int> RunAsync(
        IReadOnlyList<Contender> chosen, int[] concurrencies, int rounds, Scale scale, Timing timing, Report report, TextWriter errors)
    {
        report.Begin(chosen);
        var runs = from concurrency in concurrencies from round in Enumerable.Range(1, rounds) from contender in chosen select (concurrency, round, contender);
        foreach (var (concurrency, round, contender) in runs)
        {
            await using var run = await contender.StartAsync(scale);
            var sample = await run.MeasureAsync(concurrency, timing);
            try
            {
                await run.AuditAsync(sample.Total);
            }
            catch (AuditException wrong)
            {
                await errors.WriteLineAsync($"{contender.Name} at {concurrency}: {wrong.Message}");
                return 1;
            }
            report.Add(Row.Of(contender, concurrency, round, sample));
        }
        report.End();
        return 0;
    }

    private static Option<string> List(string name, string helpName, string description, IEnumerable<string> known)
    {
        var option = new Option<string>(name) { HelpName = helpName, Description = description };
        option.Validators.Add(result =>
        {
            foreach (var value in Split(result.GetValueOrDefault<string>()).Except(known)) result.AddError($"{name} must be some of {string.Join(", ", known)}, was {value}");
        });
        return option;
    }

    private static Option<int> Number(string name, string description, int fallback, int least, int most)
    {
        var option = new Option<int>(name) { HelpName = "N", Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > most)) result.AddError($"{name} must be {least} to {most}, was {value}");
        });
        return option;
    }

    private static IEnumerable<(string Name, string Value)> Settings(string[]? given) =>
        (given ?? []).Select(setting => setting.Split('=', 2)).Select(parts => (parts[0], parts.Length > 1 ? parts[1] : ""));

    private static string[] Split(string? list) => (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
