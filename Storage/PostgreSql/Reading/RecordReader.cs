using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using ProvingMarket.Storage.PostgreSql.Connections;
using ProvingMarket.Storage.PostgreSql.Schema;

namespace ProvingMarket.Storage.PostgreSql.Reading;

/// <summary>Reads records: everything that is waiting when a round trip begins shares it. A read that fails with its connection is tried again.</summary>
/// <param name="connection">The reader's connection.</param>
/// <param name="queue">The reads, shared by all readers.</param>
/// <param name="names">The names of the tables.</param>
/// <param name="maxBatch">How many reads share a round trip at most.</param>
/// <param name="source">The database, for messages.</param>
/// <param name="logger">The log.</param>
internal sealed partial class RecordReader(LastingConnection connection, ChannelReader<PendingRead> queue, SchemaNames names, int maxBatch, string source, ILogger logger) : IAsyncDisposable
{
    private const int MaxAttempts = 3;

    private readonly List<PendingRead> _batch = [];
    private readonly string _select = $"""
        SELECT c.n, r.version, r.data FROM unnest($1, $2) WITH ORDINALITY AS c (kind, grain_key, n)
        JOIN {names.Record} AS r ON r.kind = c.kind AND r.grain_key = c.grain_key
        """;

    /// <summary>Reads until the queue is closed and everything has been read.</summary>
    /// <returns>A task.</returns>
    internal async Task RunAsync()
    {
        while (await queue.WaitToReadAsync())
        {
            // The statement begins after the batch was taken: it sees every write that had ended before one of these reads was asked for.
            while (_batch.Count < maxBatch && queue.TryRead(out var read)) _batch.Add(read);
            if (_batch.Count > 0) await ReadBatchAsync();
            _batch.Clear();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task ReadBatchAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await AnswerAsync(await connection.GetAsync());
                return;
            }
            catch (Exception error) when (attempt < MaxAttempts && LastingConnection.IsOutage(error))
            {
                await connection.LoseAsync();
            }
            catch (Exception error)
            {
                LogFailed(logger, error, _batch.Count, source);
                if (error is not PostgresException) await connection.LoseAsync();
                foreach (var read in _batch) read.TrySetException(PostgreSqlGrainStorageException.Of($"The state {read.Key} could not be read from {source}: {error.Message}", error));
                return;
            }
        }
    }

    private async Task AnswerAsync(NpgsqlConnection open)
    {
        await using (var command = new NpgsqlCommand(_select, open))
        {
            command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. _batch.Select(read => read.KindId)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
            command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. _batch.Select(read => read.Key.GrainKey.AsSpan().ToArray())], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                _batch[(int)rows.GetInt64(0) - 1].TrySetResult(new StoredRecord(rows.GetInt64(1), await rows.GetFieldValueAsync<byte[]>(2)));
        }

        foreach (var read in _batch) read.TrySetResult(null);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} records could not be read from {Database}")]
    private static partial void LogFailed(ILogger logger, Exception error, int count, string database);
}
