using Npgsql;
using static ProvingMarket.Benchmarks.Lifecycle.PostgreSql.JobTable;

namespace ProvingMarket.Benchmarks.Lifecycle.PostgreSql;

/// <summary>One transaction and one round trip for each step: pooled connections, prepared statements, FOR UPDATE SKIP LOCKED.</summary>
internal sealed class TransactionEach : IJobSteps
{
    private const int MostConnections = 64;

    private readonly NpgsqlDataSource _source;

    public TransactionEach(string database) => _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database)
    {
        Pooling = true, MaxPoolSize = MostConnections, MaxAutoPrepare = 20, AutoPrepareMinUsages = 1, Timeout = 60,
    });

    public Task CreateAsync(NewJob job) => OneRowAsync(Command(
        $"""
        WITH hold AS (UPDATE account SET available = available - $3, held = held + $3 WHERE id = $2 AND available >= $3 RETURNING id),
             entry AS (INSERT INTO ledger (job, account, kind, amount) SELECT $1, id, 1, $3 FROM hold)
        INSERT INTO job (id, account, price, state, input) SELECT $1, id, $3, {Queued}, $4 FROM hold
        """,
        [job.Id, job.Account, Money.MaxPrice, job.Input]));

    public async Task<TakenJob> AssignAsync(string prover)
    {
        while (true)
        {
            await using var batch = _source.CreateBatch();
            batch.BatchCommands.Add(Command(
                $"""
                WITH taken AS (SELECT id FROM job WHERE state = {Queued} ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED),
                     slot AS (UPDATE prover SET used = used + 1, bonded = bonded + $2
                              WHERE id = $1 AND used < slots AND stake - bonded >= $2 AND EXISTS (SELECT FROM taken) RETURNING id)
                UPDATE job SET state = {Assigned}, prover = slot.id FROM taken, slot WHERE job.id = taken.id RETURNING job.id, job.account, job.input
                """,
                [prover, Money.Bond]));
            await using var reader = await batch.ExecuteReaderAsync();
            // None when others have locked all that there are: there is one more than they take.
            if (await reader.ReadAsync()) return new TakenJob(reader.GetInt64(0), reader.GetString(1), prover, reader.GetFieldValue<byte[]>(2));
        }
    }

    public Task SubmitAsync(long job, byte[] proof) =>
        OneRowAsync(Command($"UPDATE job SET state = {Submitted}, proof = $2 WHERE id = $1 AND state = {Assigned}", [job, proof]));

    public Task VerifyAsync(long job) => OneRowAsync(Command($"UPDATE job SET state = {Verified} WHERE id = $1 AND state = {Submitted}", [job]));

    public async Task SettleAsync(TakenJob job)
    {
        await using var batch = _source.CreateBatch();
        batch.BatchCommands.Add(Command($"UPDATE job SET state = {Settled}, ended_at = now() WHERE id = $1 AND state = {Verified}", [job.Id]));
        batch.BatchCommands.Add(Command(
            "UPDATE account SET held = held - $2, available = available + $3 WHERE id = $1", [job.Account, Money.MaxPrice, Money.MaxPrice - Money.Reward]));
        batch.BatchCommands.Add(Command("UPDATE account SET available = available + $2 WHERE id = $1", [Scale.AccountOf(job.Prover), Money.Reward]));
        batch.BatchCommands.Add(Command(
            "UPDATE prover SET used = used - 1, bonded = bonded - $2, completed = completed + 1 WHERE id = $1", [job.Prover, Money.Bond]));
        batch.BatchCommands.Add(Command(
            "INSERT INTO ledger (job, account, kind, amount) VALUES ($1, $2, 2, $4), ($1, $3, 3, $4)", [job.Id, job.Account, Scale.AccountOf(job.Prover), Money.Reward]));
        await batch.ExecuteNonQueryAsync();
        for (var i = 0; i < batch.BatchCommands.Count - 1; i++) Require(batch.BatchCommands[i].RecordsAffected == 1, batch.BatchCommands[i].CommandText);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task OneRowAsync(NpgsqlBatchCommand command)
    {
        // A batch without a transaction around it is one.
        await using var batch = _source.CreateBatch();
        batch.BatchCommands.Add(command);
        Require(await batch.ExecuteNonQueryAsync() == 1, command.CommandText);
    }

    private static void Require(bool isDone, string sql)
    {
        if (!isDone) throw new InvalidOperationException($"A step did not change its row: {sql}");
    }
}
