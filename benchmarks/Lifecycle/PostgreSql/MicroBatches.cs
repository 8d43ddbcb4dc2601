using Npgsql;
using static ProvingMarket.Benchmarks.Lifecycle.PostgreSql.JobTable;

namespace ProvingMarket.Benchmarks.Lifecycle.PostgreSql;

/// <summary>What an expert would do next: while a transaction of a step is under way the next jobs gather, and one statement over arrays takes that step for
/// all of them. Rows are locked in the order of their ids.</summary>
internal sealed class MicroBatches : IJobSteps
{
    private readonly NpgsqlDataSource _source;
    private readonly Batcher<NewJob, bool> _create;
    private readonly Batcher<string, TakenJob> _assign;
    private readonly Batcher<(long Job, byte[] Proof), bool> _submit;
    private readonly Batcher<long, bool> _verify;
    private readonly Batcher<TakenJob, bool> _settle;

    public MicroBatches(string database)
    {
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database)
        {
            Pooling = true, MaxPoolSize = 8, MaxAutoPrepare = 40, AutoPrepareMinUsages = 1, Timeout = 60,
        });
        (_create, _assign, _submit, _verify, _settle) = (new(CreateAllAsync), new(AssignAllAsync), new(SubmitAllAsync), new(VerifyAllAsync), new(SettleAllAsync));
    }

    public Task CreateAsync(NewJob job) => _create.AddAsync(job);

    public Task<TakenJob> AssignAsync(string prover) => _assign.AddAsync(prover);

    public Task SubmitAsync(long job, byte[] proof) => _submit.AddAsync((job, proof));

    public Task VerifyAsync(long job) => _verify.AddAsync(job);

    public Task SettleAsync(TakenJob job) => _settle.AddAsync(job);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_create.CompleteAsync(), _assign.CompleteAsync(), _submit.CompleteAsync(), _verify.CompleteAsync(), _settle.CompleteAsync());
        await _source.DisposeAsync();
    }

    private async Task<bool[]> CreateAllAsync(NewJob[] jobs)
    {
        var (ids, accounts, inputs) = (jobs.Select(job => job.Id).ToArray(), jobs.Select(job => job.Account).ToArray(), jobs.Select(job => job.Input).ToArray());
        await ExecuteAsync(
            Command("SELECT FROM account WHERE id = ANY($1) ORDER BY id FOR UPDATE", [accounts]),
            Command(
                """
                UPDATE account SET available = available - hold.amount, held = held + hold.amount
                FROM (SELECT id, count(*) * $2 AS amount FROM unnest($1) AS id GROUP BY id) AS hold WHERE account.id = hold.id
                """,
                [accounts, Money.MaxPrice]),
            Command("INSERT INTO ledger (job, account, kind, amount) SELECT job, account, 1, $3 FROM unnest($1, $2) AS hold (job, account)", [ids, accounts, Money.MaxPrice]),
            Command(
                $"INSERT INTO job (id, account, price, state, input) SELECT id, account, $4, {Queued}, input FROM unnest($1, $2, $3) AS job (id, account, input)",
                [ids, accounts, inputs, Money.MaxPrice]));
        return new bool[jobs.Length];
    }

    private async Task<TakenJob[]> AssignAllAsync(string[] provers)
    {
        var taken = new TakenJob[provers.Length];
        await using var batch = _source.CreateBatch();
        batch.BatchCommands.Add(Command("SELECT FROM prover WHERE id = ANY($1) ORDER BY id FOR UPDATE", [provers]));
        batch.BatchCommands.Add(Command(
            """
            UPDATE prover SET used = used + lease.slots, bonded = bonded + lease.slots * $2
            FROM (SELECT id, count(*) AS slots FROM unnest($1) AS id GROUP BY id) AS lease WHERE prover.id = lease.id
            """,
            [provers, Money.Bond]));
        batch.BatchCommands.Add(Command(
            $"""
            WITH taken AS (SELECT id FROM job WHERE state = {Queued} ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED),
                 numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS number FROM taken)
            UPDATE job SET state = {Assigned}, prover = lease.prover
            FROM numbered JOIN unnest($1) WITH ORDINALITY AS lease (prover, number) USING (number)
            WHERE job.id = numbered.id RETURNING lease.number, job.id, job.account, job.input, job.prover
            """,
            [provers, (long)provers.Length]));
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        while (await reader.ReadAsync())
            taken[reader.GetInt64(0) - 1] = new TakenJob(reader.GetInt64(1), reader.GetString(2), reader.GetString(4), reader.GetFieldValue<byte[]>(3));
        return Array.IndexOf(taken, null) < 0 ? taken : throw new InvalidOperationException("There were fewer jobs than provers that wanted one.");
    }

    private async Task<bool[]> SubmitAllAsync((long Job, byte[] Proof)[] proofs)
    {
        await ExecuteAsync(Command(
            $"UPDATE job SET state = {Submitted}, proof = done.proof FROM unnest($1, $2) AS done (id, proof) WHERE job.id = done.id AND state = {Assigned}",
            [proofs.Select(one => one.Job).ToArray(), proofs.Select(one => one.Proof).ToArray()]));
        return new bool[proofs.Length];
    }

    private async Task<bool[]> VerifyAllAsync(long[] jobs)
    {
        await ExecuteAsync(Command($"UPDATE job SET state = {Verified} WHERE id = ANY($1) AND state = {Submitted}", [jobs]));
        return new bool[jobs.Length];
    }

    private async Task<bool[]> SettleAllAsync(TakenJob[] jobs)
    {
        var (ids, accounts, provers) = (jobs.Select(job => job.Id).ToArray(), jobs.Select(job => job.Account).ToArray(), jobs.Select(job => job.Prover).ToArray());
        var earners = provers.Select(Scale.AccountOf).ToArray();
        string[] all = [.. accounts, .. earners];
        long[] held = [.. jobs.Select(_ => Money.MaxPrice), .. jobs.Select(_ => 0L)];
        long[] gained = [.. jobs.Select(_ => Money.MaxPrice - Money.Reward), .. jobs.Select(_ => Money.Reward)];
        await ExecuteAsync(
            Command("SELECT FROM account WHERE id = ANY($1) ORDER BY id FOR UPDATE", [all]),
            Command("SELECT FROM prover WHERE id = ANY($1) ORDER BY id FOR UPDATE", [provers]),
            Command($"UPDATE job SET state = {Settled}, ended_at = now() WHERE id = ANY($1) AND state = {Verified}", [ids]),
            Command(
                """
                UPDATE account SET held = account.held - change.held, available = available + change.gained
                FROM (SELECT id, sum(held)::bigint AS held, sum(gained)::bigint AS gained FROM unnest($1, $2, $3) AS one (id, held, gained) GROUP BY id) AS change
                WHERE account.id = change.id
                """,
                [all, held, gained]),
            Command(
                """
                UPDATE prover SET used = used - lease.slots, bonded = bonded - lease.slots * $2, completed = completed + lease.slots
                FROM (SELECT id, count(*) AS slots FROM unnest($1) AS id GROUP BY id) AS lease WHERE prover.id = lease.id
                """,
                [provers, Money.Bond]),
            Command(
                "INSERT INTO ledger (job, account, kind, amount) SELECT job, account, kind, $4 FROM unnest($1, $2, $3) AS entry (job, account, kind)",
                [(long[])[.. ids, .. ids], all, (short[])[.. jobs.Select(_ => (short)2), .. jobs.Select(_ => (short)3)], Money.Reward]));
        return new bool[jobs.Length];
    }

    private async Task ExecuteAsync(params NpgsqlBatchCommand[] commands)
    {
        await using var batch = _source.CreateBatch();
        foreach (var command in commands) batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync();
    }
}
