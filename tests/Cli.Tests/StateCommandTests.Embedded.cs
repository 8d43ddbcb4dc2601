using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using ProvingMarket.Cli.Commands;
using ProvingMarket.Cli.State;
using ProvingMarket.PostgreSqlFixture;
using ProvingMarket.Storage.PostgreSql;
using ProvingMarket.Storage.Records;
using ProvingMarket.Storage.Records.Archives;

namespace ProvingMarket.Cli.Tests;

/// <summary>What <c>market state</c> refuses, and its exit codes. The moves themselves are tested with silos.</summary>
public sealed class StateCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("market-state-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_folder_without_a_database_is_unusable_and_left_alone()
    {
        var (exitCode, error) = await RunAsync("state", "export", "--from", _folder.FullName, "--to", Path("out.jsonl"));

        Assert.Equal(2, exitCode);
        Assert.Contains("there is no market.db in it", error, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Fact]
    public async Task A_file_that_exists_is_not_written_over()
    {
        await File.WriteAllTextAsync(Path("out.jsonl"), "precious");

        var (exitCode, error) = await RunAsync("state", "export", "--from", _folder.FullName, "--to", Path("out.jsonl"));

        Assert.Equal(2, exitCode);
        Assert.Contains("exists already", error, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(Path("out.jsonl")));
    }

    [Fact]
    public async Task A_file_that_does_not_exist_is_unusable()
    {
        var (exitCode, error) = await RunAsync("state", "import", "--from", Path("nothing.jsonl"), "--to", Path("data"));

        Assert.Equal(2, exitCode);
        Assert.Contains("does not exist", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_archive_is_refused()
    {
        await File.WriteAllTextAsync(Path("other.jsonl"), "{\"format\":\"something else\"}\n");

        var (exitCode, error) = await RunAsync("state", "import", "--from", Path("other.jsonl"), "--to", Path("data"));

        Assert.Equal(1, exitCode);
        Assert.Contains($"{Path("other.jsonl")}: Line 1 is not the header", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_refused_without_its_password()
    {
        var (exitCode, error) = await RunAsync("state", "export", "--from", "Host=127.0.0.1;Port=1;Database=market;Username=market;Password=hunter2", "--to", Path("out.jsonl"));

        Assert.Equal(1, exitCode);
        Assert.Contains("127.0.0.1:1/market", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Fact]
    public async Task A_schema_that_cannot_be_is_unusable()
    {
        var (exitCode, error) = await RunAsync("state", "import", "--from", await EmptyArchiveAsync(), "--to", "Host=127.0.0.1", "--schema", new string('x', 70));

        Assert.Equal(2, exitCode);
        Assert.Contains("--schema", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("ledger")]
    public async Task A_schema_whose_name_is_mistyped_is_refused(string command)
    {
        var database = await (await PostgreSqlServer.SharedAsync()).CreateDatabaseAsync();

        var (exitCode, error) = await RunAsync(command, "export", "--from", database, "--schema", "makret", "--to", Path("out.jsonl"));

        Assert.Equal(1, exitCode);
        Assert.Contains("Schema 'makret'", error, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Theory]
    [InlineData("state")]
    [InlineData("ledger")]
    public async Task A_connection_that_is_lost_in_the_middle_is_refused_and_leaves_no_file(string command)
    {
        var database = await (await PostgreSqlServer.SharedAsync()).CreateDatabaseAsync();
        await using (await PostgreSqlArchive.OpenTargetAsync(new PostgreSqlGrainStorageOptions { ConnectionString = database }))
        {
            // As a silo that has done nothing leaves it.
        }
        await using var gate = new NpgsqlConnection(database);
        await gate.OpenAsync();
        await using var closed = await gate.BeginTransactionAsync();
        await using (var close = new NpgsqlCommand("LOCK TABLE market.record", gate)) await close.ExecuteNonQueryAsync();

        var export = RunAsync(command, "export", "--from", database, "--to", Path("out.jsonl"));
        while (await PostgreSqlServer.ExecuteAsync(database, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'market.record'::regclass") is not true)
            Assert.False(export.IsCompleted, "It ended before it read.");
        var (exitCode, error) = await export;

        Assert.Equal(1, exitCode);
        Assert.Contains(", schema 'market' could not be read: ", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain(new NpgsqlConnectionStringBuilder(database).Password!, error, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Theory]
    [InlineData("state")]
    [InlineData("ledger")]
    public async Task A_data_file_that_is_damaged_in_the_middle_is_refused_and_leaves_no_file(string command)
    {
        await using (var target = await StateStores.OpenTargetAsync(Path("data"), "market", CancellationToken.None))
        {
            await target.AddAsync([new ArchivedRecord(new RecordKind("market", "state", GrainType.Create("account")), "a"u8.ToArray(), "{}"u8.ToArray())], CancellationToken.None);
            await target.CommitAsync(CancellationToken.None);
        }
        var recordsPage = RootOf("record");
        var file = await File.ReadAllBytesAsync(Path("data/market.db"));
        var pageSize = (file[16] << 8) | file[17];
        file.AsSpan((recordsPage - 1) * pageSize, pageSize).Fill(0xff);
        await File.WriteAllBytesAsync(Path("data/market.db"), file);

        var (exitCode, error) = await RunAsync(command, "export", "--from", Path("data"), "--to", Path("out.jsonl"));

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"{Path("data/market.db")} could not be read: ", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(File.Exists(Path("out.jsonl")) || File.Exists(Path("out.jsonl.partial")));
    }

    [Fact]
    public async Task An_empty_market_moves_too()
    {
        var database = await (await PostgreSqlServer.SharedAsync()).CreateDatabaseAsync();
        var archive = await EmptyArchiveAsync();

        Assert.Equal((0, ""), await RunAsync("state", "import", "--from", archive, "--to", database));
        Assert.Equal((0, ""), await RunAsync("state", "export", "--from", database, "--to", Path("again.jsonl")));

        Assert.Equal(await File.ReadAllBytesAsync(archive), await File.ReadAllBytesAsync(Path("again.jsonl")));
    }

    [Theory]
    [InlineData("export")]
    [InlineData("import")]
    public async Task Help_shows_exit_codes_and_examples(string verb)
    {
        using StringWriter output = new(), error = new();
        Assert.Equal(0, await MarketCommand.RunAsync(["state", verb, "--help"], output, error));
        Assert.Contains("Exit codes:", output.ToString(), StringComparison.Ordinal);
        Assert.Contains($"market state {verb} --from", output.ToString(), StringComparison.Ordinal);
    }

    private int RootOf(string table)
    {
        using var connection = new SqliteConnection($"Data Source={Path("data/market.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT rootpage FROM sqlite_master WHERE name = $table";
        command.Parameters.AddWithValue("$table", table);
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private async Task<string> EmptyArchiveAsync()
    {
        var database = await (await PostgreSqlServer.SharedAsync()).CreateDatabaseAsync();
        await using (await PostgreSqlArchive.OpenTargetAsync(new PostgreSqlGrainStorageOptions { ConnectionString = database }))
        {
            // As a silo that has done nothing leaves it.
        }
        Assert.Equal((0, ""), await RunAsync("state", "export", "--from", database, "--to", Path("empty.jsonl")));
        return Path("empty.jsonl");
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new(), error = new();
        var exitCode = await MarketCommand.RunAsync(args, output, error);
        return (exitCode, error.ToString());
    }

    private string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);
}
