using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace ProvingMarket.Benchmarks.Micro.Calls;

/// <summary>The same calls on both engines: a process for each measurement, the engines in turns, medians.</summary>
internal static class EngineComparison
{
    private static readonly string[] Engines = ["Embedded", "Orleans"];

    public static async Task<int> RunAsync(string[] args)
    {
        var runs = Arguments.Number(args, "--runs", 5);
        string[] load = ["calls", "--json", "--rounds", "1", "--callers", $"{Arguments.Number(args, "--callers", 128)}", "--seconds", $"{Arguments.Number(args, "--seconds", 2)}"];
        var programs = new Dictionary<string, string>();
        foreach (var engine in Engines)
        {
            if (await BuildAsync(engine) is { } program) programs.Add(engine, program);
        }

        var measured = programs.Keys.ToDictionary(engine => engine, _ => new List<CallThroughput.Result[]>());
        for (var run = 1; run <= runs; run++)
        {
            foreach (var (engine, program) in programs)
            {
                Console.Error.WriteLine($"run {run} of {runs}: {engine}");
                measured[engine].Add(JsonSerializer.Deserialize<CallThroughput.Result[]>(await OutputAsync(program, load))!);
            }
        }

        return Report(measured, runs);
    }

    private static int Report(Dictionary<string, List<CallThroughput.Result[]>> measured, int runs)
    {
        Console.WriteLine($"{"calls/s, median of " + runs.ToString(CultureInfo.InvariantCulture) + " runs",-46} {"Embedded",12} {"Orleans",12} {"ratio",7}");
        var isFaster = true;
        for (var i = 0; i < measured["Embedded"][0].Length; i++)
        {
            var rates = Engines.Where(measured.ContainsKey).Select(engine => Medians.Of(measured[engine].Select(results => results[i].CallsPerSecond))).ToArray();
            var line = string.Create(CultureInfo.InvariantCulture, $"{measured["Embedded"][0][i].Name,-46} {rates[0],12:N0}");
            if (rates is [var embedded, var orleans])
            {
                line += string.Create(CultureInfo.InvariantCulture, $" {orleans,12:N0} {embedded / orleans,7:N2}");
                isFaster &= embedded >= orleans;
            }
            Console.WriteLine(line);
        }
        if (!measured.ContainsKey("Orleans"))
        {
            Console.WriteLine("MICROSOFT ORLEANS WAS NOT MEASURED: its packages do not restore here. There is nothing to compare with.");
            return 0;
        }
        Console.WriteLine(isFaster ? "Orleans.Embedded is at least as fast in all of them." : "ORLEANS.EMBEDDED IS SLOWER in at least one of them.");
        return isFaster ? 0 : 1;
    }

    /// <summary>The program for an engine: this one, or this project built for the other engine. Null when that does not restore.</summary>
    private static async Task<string?> BuildAsync(string engine)
    {
        var own = typeof(EngineComparison).Assembly.Location;
        var ownEngine = EngineBenchmarks.Engine == "Microsoft.Orleans" ? "Orleans" : "Embedded";
        if (engine == ownEngine) return own;

        var restore = await StartAsync("restore", Metadata("Project"), $"-p:GrainEngine={engine}");
        if (restore.ExitCode != 0)
        {
            Console.Error.WriteLine(restore.Output);
            return null;
        }
        var build = await StartAsync("build", Metadata("Project"), "--no-restore", "-c", Metadata("Configuration"), $"-p:GrainEngine={engine}");
        if (build.ExitCode != 0) throw new InvalidOperationException($"The build for {engine} failed:\n{build.Output}");
        var separator = Path.DirectorySeparatorChar;
        return own.Replace($"{separator}artifacts{separator}{ownEngine}{separator}", $"{separator}artifacts{separator}{engine}{separator}", StringComparison.Ordinal);
    }

    private static async Task<string> OutputAsync(string program, string[] arguments)
    {
        var (exitCode, output) = await StartAsync(["exec", program, .. arguments]);
        return exitCode == 0 ? output.Split('\n').Single(line => line.StartsWith('[')) : throw new InvalidOperationException($"{program} ended with {exitCode}:\n{output}");
    }

    private static async Task<(int ExitCode, string Output)> StartAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }

    private static string Metadata(string key) =>
        typeof(EngineComparison).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
