using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ProvingMarket.Benchmarks.Micro.Calls;

/// <summary>Grain calls per second within one process: many callers at once, each waiting for its answer before it calls again.</summary>
internal static class CallThroughput
{
    public static async Task<int> RunAsync(string[] args)
    {
        var callers = Number(args, "--callers", 128);
        var seconds = Number(args, "--seconds", 2);
        var rounds = Number(args, "--rounds", 3);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.UseOrleans();
        using var host = builder.Build();
        await host.StartAsync();
        var client = host.Services.GetRequiredService<IClusterClient>();

        var results = new List<Result>
        {
            await MeasureAsync("Task, one grain per caller", callers, seconds, rounds, i => PingLoop(client.GetGrain<IPingGrain>(i))),
            await MeasureAsync("ValueTask<int>, one grain per caller", callers, seconds, rounds, i => AddLoop(client.GetGrain<IPingGrain>(i))),
            await MeasureAsync("ValueTask<int>, one grain for all", callers, seconds, rounds, _ => AddLoop(client.GetGrain<IPingGrain>(0))),
            await MeasureAsync("Task<int> that yields, one grain per caller", callers, seconds, rounds, i => AddLaterLoop(client.GetGrain<IPingGrain>(i))),
            await MeasureAsync("ValueTask<int>, new reference for every call", callers, seconds, rounds, i => NewReferenceLoop(client, i)),
            await MeasureAsync("ValueTask<int>, grain to grain", callers, seconds, rounds, i => RelayLoop(client.GetGrain<IRelayGrain>(i))),
        };
        await host.StopAsync();

        if (args.Contains("--json")) Console.WriteLine(JsonSerializer.Serialize(results));
        else foreach (var result in results) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Name,-46} {result.CallsPerSecond,12:N0} calls/s  {result.BytesPerCall,6:N0} B/call  p50 {result.P50Microseconds,6:N0} µs  p99 {result.P99Microseconds,6:N0} µs"));
        return 0;
    }

    private static int Number(string[] args, string name, int fallback)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? fallback : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
    }

    private static Func<Task<int>> PingLoop(IPingGrain grain) => async () =>
    {
        await grain.Ping();
        return 1;
    };

    private static Func<Task<int>> AddLoop(IPingGrain grain) => async () =>
    {
        await grain.Add(1);
        return 1;
    };

    private static Func<Task<int>> AddLaterLoop(IPingGrain grain) => async () =>
    {
        await grain.AddLater(1);
        return 1;
    };

    private static Func<Task<int>> NewReferenceLoop(IClusterClient client, int i) => async () =>
    {
        await client.GetGrain<IPingGrain>(i).Add(1);
        return 1;
    };

    private static Func<Task<int>> RelayLoop(IRelayGrain grain) => async () =>
    {
        await grain.Relay(100);
        return 101;
    };

    private static async Task<Result> MeasureAsync(string name, int callers, int seconds, int rounds, Func<int, Func<Task<int>>> loop)
    {
        var loops = Enumerable.Range(0, callers).Select(loop).ToArray();
        await RoundAsync(loops, TimeSpan.FromSeconds(1));
        var best = new Result(name, 0, 0, 0, 0);
        for (var i = 0; i < rounds; i++)
        {
            var round = await RoundAsync(loops, TimeSpan.FromSeconds(seconds));
            if (round.CallsPerSecond > best.CallsPerSecond) best = round with { Name = name };
        }

        return best;
    }

    private static async Task<Result> RoundAsync(Func<Task<int>>[] loops, TimeSpan time)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var watch = Stopwatch.StartNew();
        var all = await Task.WhenAll(loops.Select(loop => Task.Run(() => CallerAsync(loop, end))));
        var elapsed = watch.Elapsed.TotalSeconds;
        var calls = all.Sum(caller => caller.Calls);
        var bytes = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        var latencies = all.SelectMany(caller => caller.Latencies).Order().ToArray();
        return new Result("", calls / elapsed, (double)bytes / calls, Microseconds(latencies, 0.5), Microseconds(latencies, 0.99));
    }

    private static double Microseconds(long[] sorted, double quantile) =>
        sorted.Length == 0 ? 0 : sorted[(int)(quantile * (sorted.Length - 1))] * 1e6 / Stopwatch.Frequency;

    private static async Task<(long Calls, List<long> Latencies)> CallerAsync(Func<Task<int>> loop, long end)
    {
        var calls = 0L;
        var latencies = new List<long>(4096);
        for (var i = 0; ; i++)
        {
            // Every 64th call is timed; reading the clock around each would be a part of what is measured.
            if ((i & 63) != 0)
            {
                calls += await loop();
                continue;
            }

            var start = Stopwatch.GetTimestamp();
            if (start >= end) return (calls, latencies);
            calls += await loop();
            if (latencies.Count < 100_000) latencies.Add(Stopwatch.GetTimestamp() - start);
        }
    }

    private sealed record Result(string Name, double CallsPerSecond, double BytesPerCall, double P50Microseconds, double P99Microseconds);
}
