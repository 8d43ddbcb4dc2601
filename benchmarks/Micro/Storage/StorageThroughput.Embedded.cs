using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Storage.Sqlite;
using ProvingMarket.Serialization;

namespace ProvingMarket.Benchmarks.Micro.Storage;

/// <summary>Durable writes per second to SQLite: many grains at once, each waiting for its write before it writes again.</summary>
internal static class StorageThroughput
{
    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = Arguments.Number(args, "--seconds", 3);
        var rounds = Arguments.Number(args, "--rounds", 3);
        foreach (var writers in new[] { 1, 64, 512 })
        {
            foreach (var (name, records) in new[] { ("one record each", 1), ("a new record each time", 0), ("100 records each", 100) })
                await MeasureAsync(name, writers, records, seconds, rounds);
        }

        return 0;
    }

    private static async Task MeasureAsync(string name, int writers, int records, int seconds, int rounds)
    {
        var best = (Rate: 0d, Group: 0d, P50: 0d, P99: 0d);
        for (var i = 0; i < rounds; i++)
        {
            var round = await RoundAsync(writers, records, seconds);
            if (round.Rate > best.Rate) best = round;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{writers,4} writers, {name,-24} {best.Rate,9:N0} writes/s  {best.Group,6:N1} writes/transaction  p50 {best.P50,7:N2} ms  p99 {best.P99,7:N2} ms"));
    }

    private static async Task<(double Rate, double Group, double P50, double P99)> RoundAsync(int writers, int records, int seconds)
    {
        var folder = Directory.CreateTempSubdirectory("orleans-sqlite-");
        var options = new SqliteGrainStorageOptions { DataSource = Path.Combine(folder.FullName, "grains.db") };
        var database = SqliteDatabase.Open(options, new DedicatedThreads(), NullLogger.Instance);
        try
        {
            var storage = new SqliteGrainStorage("market", options, new JsonCodec(SerializedForm.Storage), () => database);
            var watch = Stopwatch.StartNew();
            var end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
            var all = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() => WriterAsync(storage, writer, records, end))));
            var latencies = all.SelectMany(latency => latency).Order().ToArray();
            return (
                latencies.Length / watch.Elapsed.TotalSeconds,
                (double)latencies.Length / database.Transactions,
                Milliseconds(latencies, 0.5),
                Milliseconds(latencies, 0.99));
        }
        finally
        {
            await database.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }

    private static double Milliseconds(long[] sorted, double quantile) => sorted[(int)(quantile * (sorted.Length - 1))] * 1e3 / Stopwatch.Frequency;

    private static async Task<List<long>> WriterAsync(SqliteGrainStorage storage, int writer, int records, long end)
    {
        var latencies = new List<long>(100_000);
        var states = Enumerable.Range(0, records).Select(_ => new GrainState<SampleRecord>(SampleRecord.Create())).ToArray();
        for (var i = 0; ; i++)
        {
            var start = Stopwatch.GetTimestamp();
            if (start >= end) return latencies;

            var state = records == 0 ? new GrainState<SampleRecord>(SampleRecord.Create()) : states[i % records];
            var number = records == 0 ? i : i % records;
            state.State!.Revision = i;
            await storage.WriteStateAsync("request", GrainId.Create("proofrequest", $"{writer * 7919 % 512:x4}-{number * 2654435761L:x16}"), state);
            latencies.Add(Stopwatch.GetTimestamp() - start);
        }
    }
}
