using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Storage.Sqlite;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.Contract;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>Writes for ever and prints every write that has been acknowledged, as "grain value".</summary>
internal static class SqliteWriterProcess
{
    internal const int Writers = 32;

    internal static async Task<int> RunAsync(string dataSource)
    {
        // A small log, so that it is also moved into the database file while the process is killed.
        var options = new SqliteGrainStorageOptions { DataSource = dataSource, CheckpointBytes = 256 * 1024 };
        var database = SqliteDatabase.Open(options, new DedicatedThreads(), NullLogger.Instance);
        var storage = new SqliteGrainStorage("market", options, new JsonCodec(SerializedForm.Storage), () => database);
        var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(storage, $"{writer}", output))));
        return 0;
    }

    private static async Task WriteAsync(SqliteGrainStorage storage, string key, TextWriter output)
    {
        var state = new GrainState<Account>();
        await storage.ReadStateAsync("state", AccountRecords.Grain(key), state);
        while (true)
        {
            state.State = new Account { Available = state.State!.Available + 1, Note = new string('x', 500) };
            await storage.WriteStateAsync("state", AccountRecords.Grain(key), state);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{key} {state.State.Available}"));
        }
    }
}
