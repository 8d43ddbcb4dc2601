using Npgsql;
using ProvingMarket.PostgreSqlFixture;

namespace ProvingMarket.Benchmarks.Lifecycle.PostgreSql;

/// <summary>What somebody would write who needs a proving market on PostgreSQL and nothing else: accounts, provers, a table of jobs and a ledger.</summary>
internal static class JobTable
{
    private const string Schema = """
        CREATE TABLE account (id text PRIMARY KEY, available bigint NOT NULL CHECK (available >= 0), held bigint NOT NULL CHECK (held >= 0)) WITH (fillfactor = 50);
        CREATE TABLE prover (
            id text PRIMARY KEY, slots int NOT NULL, used int NOT NULL CHECK (used BETWEEN 0 AND slots),
            stake bigint NOT NULL, bonded bigint NOT NULL CHECK (bonded BETWEEN 0 AND stake), completed bigint NOT NULL) WITH (fillfactor = 50);
        CREATE TABLE job (
            id bigint PRIMARY KEY, account text NOT NULL, price bigint NOT NULL, state smallint NOT NULL, input bytea NOT NULL,
            prover text, proof bytea, created_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz) WITH (fillfactor = 70);
        CREATE INDEX job_queue ON job (id) WHERE state = 0;
        CREATE TABLE ledger (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job bigint NOT NULL, account text NOT NULL, kind smallint NOT NULL, amount bigint NOT NULL);
        """;

    /// <summary>States of a job.</summary>
    public const short Queued = 0, Assigned = 1, Submitted = 2, Verified = 3, Settled = 4;

    /// <summary>Makes the tables, with the accounts and provers of the market.</summary>
    public static async Task CreateAsync(string database, Scale scale)
    {
        await PostgreSqlServer.ExecuteAsync(database, Schema);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var batch = new NpgsqlBatch(connection);
        var provers = Enumerable.Range(0, scale.Provers).Select(i => scale.Prover(i)).ToArray();
        batch.BatchCommands.Add(Command("INSERT INTO account SELECT unnest($1), $2, 0", [Enumerable.Range(0, scale.Requesters).Select(scale.Requester).ToArray(), Money.Funds]));
        batch.BatchCommands.Add(Command("INSERT INTO account SELECT unnest($1), $2, 0", [provers.Select(Scale.AccountOf).ToArray(), Money.Funds - Money.Stake]));
        batch.BatchCommands.Add(Command("INSERT INTO prover SELECT unnest($1), $2, 0, $3, 0, 0", [provers, scale.Slots, Money.Stake]));
        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>A command of a batch. Each parameter is an object of its own, also when it is an array.</summary>
    public static NpgsqlBatchCommand Command(string sql, ReadOnlySpan<object> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return command;
    }

    /// <summary>Adds everything up.</summary>
    /// <exception cref="AuditException">It does not add up.</exception>
    public static async Task AuditAsync(string database, Scale scale, long lifecycles)
    {
        await RequireAsync("money altogether", "SELECT sum(available) + sum(held) FROM account", (Money.Funds * scale.Requesters) + ((Money.Funds - Money.Stake) * scale.Provers));
        await RequireAsync("money held", "SELECT sum(held) FROM account", 0);
        await RequireAsync("money earned", "SELECT sum(available) FROM account WHERE id LIKE 'prover-%'", ((Money.Funds - Money.Stake) * scale.Provers) + (Money.Reward * lifecycles));
        await RequireAsync("slots used", "SELECT sum(used) FROM prover", 0);
        await RequireAsync("bonds", "SELECT sum(bonded) FROM prover", 0);
        await RequireAsync("proofs completed", "SELECT sum(completed) FROM prover", lifecycles);
        await RequireAsync("jobs", "SELECT count(*) FROM job", lifecycles);
        await RequireAsync("settled jobs", $"SELECT count(*) FROM job WHERE state = {Settled}", lifecycles);
        await RequireAsync("ledger entries", "SELECT count(*) FROM ledger", lifecycles * 3);

        async Task RequireAsync(string what, string sql, long expected)
        {
            var found = Convert.ToInt64(await PostgreSqlServer.ExecuteAsync(database, sql), System.Globalization.CultureInfo.InvariantCulture);
            if (found != expected) throw new AuditException($"The job table has {found} {what}, expected are {expected}.");
        }
    }
}
