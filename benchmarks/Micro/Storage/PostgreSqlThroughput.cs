using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using ProvingMarket.PostgreSqlFixture;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.PostgreSql;

namespace ProvingMarket.Benchmarks.Micro.Storage;

/// <summary>
/// Durable writes per second to PostgreSQL: many grains at once, each waiting for its write before it writes again. Ours against one transaction
/// for each write, on the same server in the same run, turn by turn.
/// </summary>
internal static class PostgreSqlThroughput
{
    private const int MostConnections = 64;

    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = Arguments.Number(args, "--seconds", 3);
        var rounds = Arguments.Number(args, "--rounds", 3);
        var connections = Arguments.Number(args, "--connections", new PostgreSqlGrainStorageOptions().Writers);
        await using var server = await PostgreSqlServer.StartAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, {Processor()}, .NET {Environment.Version}; client and server share them; median of {rounds} x {seconds} s"));
        Console.WriteLine($"{await PostgreSqlServer.ExecuteAsync(await server.CreateDatabaseAsync(), "SELECT version()")}, fsync = on, synchronous_commit = on");
        foreach (var writers in new[] { 1, 64, 512 })
        {
            var (ours, theirs) = (new List<Round>(), new List<Round>());
            for (var i = 0; i < rounds; i++)
            {
                theirs.Add(await TransactionEachAsync(await server.CreateDatabaseAsync(), writers, seconds));
                ours.Add(await GroupedAsync(await server.CreateDatabaseAsync(), connections, writers, seconds));
            }

            var (our, their) = (Median(ours), Median(theirs));
            Print(writers, "a transaction for each write", their);
            Print(writers, $"ours, {connections} connections", our);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{writers,4} writers  ratio {our.Rate / their.Rate:N2}"));
        }

        return 0;
    }

    private static void Print(int writers, string name, Round round) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{writers,4} writers  {name,-30} {round.Rate,8:N0} writes/s  {round.Group,6:N1} writes/transaction  p50 {round.P50,7:N2} ms  p99 {round.P99,7:N2} ms"));

    private static Round Median(List<Round> rounds) => rounds.OrderBy(round => round.Rate).ElementAt(rounds.Count / 2);

    private static async Task<Round> GroupedAsync(string connectionString, int connections, int writers, int seconds)
    {
        var options = new PostgreSqlGrainStorageOptions { ConnectionString = connectionString, Writers = connections };
        await using var database = await PostgreSqlDatabase.OpenAsync(options, TimeProvider.System, NullLogger.Instance);
        var storage = new PostgreSqlGrainStorage("market", options, new JsonCodec(SerializedForm.Storage), _ => ValueTask.FromResult(database));
        return await MeasureAsync(writers, seconds, () => database.Metrics.Transactions, writer =>
        {
            var state = new GrainState<SampleRecord>(SampleRecord.Create());
            var id = GrainId.Create("proofrequest", Key(writer));
            return () =>
            {
                state.State!.Revision++;
                return storage.WriteStateAsync("request", id, state);
            };
        });
    }

    // What storages do that know nothing of their neighbours: a pooled connection, one prepared statement, commit.
    private static async Task<Round> TransactionEachAsync(string connectionString, int writers, int seconds)
    {
        await PostgreSqlServer.ExecuteAsync(connectionString, "CREATE TABLE record (grain_key text PRIMARY KEY, version bigint NOT NULL, data text NOT NULL) WITH (fillfactor = 70)");
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = true, MaxPoolSize = MostConnections, MaxAutoPrepare = 4, AutoPrepareMinUsages = 1, Timeout = 60 };
        await using var source = NpgsqlDataSource.Create(settings);
        var codec = new JsonCodec(SerializedForm.Storage);
        var writes = 0L;
        return await MeasureAsync(writers, seconds, () => Volatile.Read(ref writes), writer =>
        {
            var sample = SampleRecord.Create();
            var version = 0L;
            return async () =>
            {
                sample.Revision++;
                using var data = new PooledBuffer(1 << 20, "limit");
                codec.Serialize(data, sample);
                await using var command = source.CreateCommand("""
                    INSERT INTO record AS r VALUES ($1, $2 + 1, $3) ON CONFLICT (grain_key) DO UPDATE SET version = r.version + 1, data = $3 WHERE r.version = $2
                    """);
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Key(writer) });
                command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version });
                command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = data.WrittenMemory, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
                if (await command.ExecuteNonQueryAsync() != 1) throw new InvalidOperationException("A conflict where there is none.");
                version++;
                Interlocked.Increment(ref writes);
            };
        });
    }

    private static async Task<Round> MeasureAsync(int writers, int seconds, Func<long> transactions, Func<int, Func<Task>> writerOf)
    {
        // Everybody has written once before the clock starts: connections are open, statements prepared, records there.
        var all = Enumerable.Range(0, writers).Select(writerOf).ToArray();
        await Task.WhenAll(all.Select(write => Task.Run(write)));
        var (before, watch) = (transactions(), Stopwatch.StartNew());
        var end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        var latencies = (await Task.WhenAll(all.Select(write => Task.Run(() => LoopAsync(write, end))))).SelectMany(list => list).Order().ToArray();
        return new Round(latencies.Length / watch.Elapsed.TotalSeconds, (double)latencies.Length / (transactions() - before), Milliseconds(latencies, 0.5), Milliseconds(latencies, 0.99));
    }

    private static async Task<List<long>> LoopAsync(Func<Task> write, long end)
    {
        var latencies = new List<long>(10_000);
        for (var start = Stopwatch.GetTimestamp(); start < end; start = Stopwatch.GetTimestamp())
        {
            await write();
            latencies.Add(Stopwatch.GetTimestamp() - start);
        }

        return latencies;
    }

    private static string Key(int writer) => $"{writer * 7919 % 512:x4}-{writer * 2654435761L:x16}";

    private static double Milliseconds(long[] sorted, double quantile) => sorted[(int)(quantile * (sorted.Length - 1))] * 1e3 / Stopwatch.Frequency;

    private static string Processor() => File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
        ? line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]
        : System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();

    private sealed record Round(double Rate, double Group, double P50, double P99);
}
