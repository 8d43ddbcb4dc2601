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
    private const int RelayedCalls = 100;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--both")) return await EngineComparison.RunAsync(args);
        var load = new Load(Arguments.Number(args, "--callers", 128), TimeSpan.FromSeconds(Arguments.Number(args, "--seconds", 2)), Arguments.Number(args, "--rounds", 3));
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.UseLocalSilo();
        using var host = builder.Build();
        await host.StartAsync();
        var client = host.Services.GetRequiredService<IClusterClient>();

        if (!args.Contains("--json")) Console.WriteLine($"{EngineBenchmarks.Engine}, {load.Callers} callers");
        var results = new List<Result>
        {
            await load.MeasureAsync("Task, one grain per caller", 1, i => Step(client.GetGrain<IPingGrain>(i).Ping)),
            await load.MeasureAsync("ValueTask<int>, one grain per caller", 1, i => StepOfValue(AddTo(client.GetGrain<IPingGrain>(i)))),
            await load.MeasureAsync("ValueTask<int>, one grain for all", 1, _ => StepOfValue(AddTo(client.GetGrain<IPingGrain>(0)))),
            await load.MeasureAsync("Task<int> that yields, one grain per caller", 1, i => Step(() => client.GetGrain<IPingGrain>(i).AddLater(1))),
            await load.MeasureAsync("ValueTask<int>, new reference for every call", 1, i => StepOfValue(() => client.GetGrain<IPingGrain>(i).Add(1))),
            await load.MeasureAsync("ValueTask<int>, grain to grain", RelayedCalls + 1, i => Step(() => client.GetGrain<IRelayGrain>(i).Relay(RelayedCalls))),
        };
        await host.StopAsync();

        if (args.Contains("--json")) Console.WriteLine(JsonSerializer.Serialize(results));
        else foreach (var result in results) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Name,-46} {result.CallsPerSecond,12:N0} calls/s  {result.ProcessorNanosecondsPerCall,6:N0} ns CPU  {result.BytesPerCall,6:N0} B/call  p50 {result.P50Microseconds,6:N0} µs  p99 {result.P99Microseconds,6:N0} µs"));
        return 0;
    }

    private static Func<ValueTask<int>> AddTo(IPingGrain grain) => () => grain.Add(1);

    private static Func<long, Task<(long Steps, List<long> Latencies)>> Step(Func<Task> call) => async end =>
    {
        var timing = new Timing(end);
        while (timing.Begin())
        {
            await call();
            timing.End();
        }

        return timing.Result;
    };

    private static Func<long, Task<(long Steps, List<long> Latencies)>> StepOfValue(Func<ValueTask<int>> call) => async end =>
    {
        var timing = new Timing(end);
        while (timing.Begin())
        {
            await call();
            timing.End();
        }

        return timing.Result;
    };

    /// <summary>Counts a caller's steps and times every 64th: reading the clock around each would be a part of what is measured.</summary>
    private sealed class Timing(long end)
    {
        private readonly List<long> _latencies = new(4096);
        private long _steps;
        private long _start;

        internal (long Steps, List<long> Latencies) Result => (_steps, _latencies);

        internal bool Begin()
        {
            if ((_steps & 63) != 0) return true;

            _start = Stopwatch.GetTimestamp();
            return _start < end;
        }

        internal void End()
        {
            if ((_steps++ & 63) == 0 && _latencies.Count < 100_000) _latencies.Add(Stopwatch.GetTimestamp() - _start);
        }
    }

    private sealed record Load(int Callers, TimeSpan Time, int Rounds)
    {
        internal async Task<Result> MeasureAsync(string name, int callsPerStep, Func<int, Func<long, Task<(long Steps, List<long> Latencies)>>> caller)
        {
            var callers = Enumerable.Range(0, Callers).Select(caller).ToArray();
            await RoundAsync(callers, TimeSpan.FromSeconds(1), callsPerStep);
            var best = new Result(name, 0, 0, 0, 0, 0);
            for (var i = 0; i < Rounds; i++)
            {
                var round = await RoundAsync(callers, Time, callsPerStep);
                if (round.CallsPerSecond > best.CallsPerSecond) best = round with { Name = name };
            }

            return best;
        }

        private static async Task<Result> RoundAsync(Func<long, Task<(long Steps, List<long> Latencies)>>[] callers, TimeSpan time, int callsPerStep)
        {
            var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            var processor = Environment.CpuUsage.TotalTime;
            var watch = Stopwatch.StartNew();
            var all = await Task.WhenAll(callers.Select(caller => Task.Run(() => caller(end))));
            var elapsed = watch.Elapsed.TotalSeconds;
            var calls = all.Sum(caller => caller.Steps) * callsPerStep;
            var bytes = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            var latencies = all.SelectMany(caller => caller.Latencies).Order().ToArray();
            var nanoseconds = (Environment.CpuUsage.TotalTime - processor).TotalNanoseconds / calls;
            return new Result("", calls / elapsed, nanoseconds, (double)bytes / calls, Microseconds(latencies, 0.5), Microseconds(latencies, 0.99));
        }

        private static double Microseconds(long[] sorted, double quantile) =>
            sorted.Length == 0 ? 0 : sorted[(int)(quantile * (sorted.Length - 1))] * 1e6 / Stopwatch.Frequency;
    }

    /// <summary>What was measured of one kind of call.</summary>
    internal sealed record Result(string Name, double CallsPerSecond, double ProcessorNanosecondsPerCall, double BytesPerCall, double P50Microseconds, double P99Microseconds);
}
