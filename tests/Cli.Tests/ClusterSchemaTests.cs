using ProvingMarket.Cli.Commands;
using ProvingMarket.PostgreSqlFixture;

namespace ProvingMarket.Cli.Tests;

/// <summary><c>market cluster schema</c> on a real PostgreSQL, with scripts that have the names of Orleans' and little in them. Orleans' own are tried by
/// the tests of the cluster.</summary>
public sealed class ClusterSchemaTests(ClusterSchemaTests.Server server) : IClassFixture<ClusterSchemaTests.Server>, IDisposable
{
    private const string Main = "CREATE TABLE OrleansQuery (QueryKey varchar(64) PRIMARY KEY, QueryText varchar(8000) NOT NULL);";
    private const string Clustering = """
        CREATE TABLE OrleansMembershipTable (Address text);
        CREATE FUNCTION joined(who OrleansMembershipTable.Address%TYPE) RETURNS void AS $func$ BEGIN INSERT INTO OrleansMembershipTable VALUES (who); END $func$ LANGUAGE plpgsql;
        INSERT INTO OrleansQuery VALUES
        (
            'JoinKey','SELECT joined(@Address); -- with a parameter'
        );
        """;
    private const string Reminders = "CREATE TABLE OrleansRemindersTable (Name text); INSERT INTO OrleansQuery VALUES ('RemindKey', 'SELECT 1');";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("market-schema-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Scripts_are_applied_in_order_and_once()
    {
        var database = await server.PostgreSql.CreateDatabaseAsync();
        WriteScripts();

        Assert.Equal((0, "applied  PostgreSQL-Main.sql\napplied  PostgreSQL-Clustering.sql\napplied  PostgreSQL-Reminders.sql\n", ""), await RunAsync(_folder.FullName, database));
        Assert.Equal((0, "present  PostgreSQL-Main.sql\npresent  PostgreSQL-Clustering.sql\npresent  PostgreSQL-Reminders.sql\n", ""), await RunAsync(_folder.FullName, database));
        Assert.Equal(2L, await PostgreSqlServer.ExecuteAsync(database, "SELECT count(*) FROM orleansquery"));
    }

    [Fact]
    public async Task Scripts_may_lie_directly_in_the_folder()
    {
        var database = await server.PostgreSql.CreateDatabaseAsync();
        WriteScripts(flat: true);

        Assert.Equal(0, (await RunAsync(_folder.FullName, database)).ExitCode);
    }

    [Theory]
    [InlineData("Shared", "PostgreSQL-Main.sql")]
    [InlineData("Orleans.Clustering.AdoNet", "PostgreSQL-Clustering.sql")]
    [InlineData("Orleans.Reminders.AdoNet", "PostgreSQL-Reminders.sql")]
    public async Task A_folder_that_lacks_a_script_is_refused_by_its_name(string folder, string file)
    {
        WriteScripts();
        File.Delete(Path.Combine(_folder.FullName, folder, file));

        var (exitCode, output, error) = await RunAsync(_folder.FullName, "Host=nowhere.invalid");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal($"--scripts must contain {folder}/{file} or {file}, {_folder.FullName} does not\n", error);
    }

    [Fact]
    public async Task All_scripts_are_applied_or_none()
    {
        var database = await server.PostgreSql.CreateDatabaseAsync();
        WriteScripts();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "Orleans.Reminders.AdoNet", "PostgreSQL-Reminders.sql"), "CREATE TABLE nonsense");

        var (exitCode, output, error) = await RunAsync(_folder.FullName, database);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("The database refused: 42601", error, StringComparison.Ordinal);
        Assert.Equal(true, await PostgreSqlServer.ExecuteAsync(database, "SELECT to_regclass('orleansquery') IS NULL"));
    }

    [Fact]
    public async Task A_schema_of_another_version_is_refused_with_what_it_lacks()
    {
        var database = await server.PostgreSql.CreateDatabaseAsync();
        WriteScripts();
        await RunAsync(_folder.FullName, database);
        await File.AppendAllTextAsync(
            Path.Combine(_folder.FullName, "Orleans.Clustering.AdoNet", "PostgreSQL-Clustering.sql"), "\nINSERT INTO OrleansQuery VALUES (\n    'CleanKey', 'SELECT 2');");

        var (exitCode, output, error) = await RunAsync(_folder.FullName, database);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("of PostgreSQL-Clustering.sql these queries are missing: CleanKey", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_operators_at_once_apply_it_once()
    {
        var database = await server.PostgreSql.CreateDatabaseAsync();
        WriteScripts();

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync(_folder.FullName, database)));

        Assert.All(results, result => Assert.Equal((0, ""), (result.ExitCode, result.Error)));
        Assert.Single(results, result => result.Output.StartsWith("applied", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no connection string", "--postgres must be a connection string")]
    [InlineData("Database=market", "--postgres must be a connection string")]
    public async Task What_is_no_connection_string_is_refused(string connection, string problem)
    {
        WriteScripts();

        var (exitCode, _, error) = await RunAsync(_folder.FullName, connection);

        Assert.Equal(2, exitCode);
        Assert.StartsWith(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_refused() =>
        Assert.Equal((2, "", "--scripts must be a folder, was /nowhere\n"), await RunAsync("/nowhere", "Host=nowhere.invalid"));

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_reported()
    {
        WriteScripts();

        var (exitCode, output, error) = await RunAsync(_folder.FullName, "Host=127.0.0.1;Port=1;Timeout=5");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("The database refused: ", error, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string folder, string connection)
    {
        using StringWriter output = new(), error = new();
        var exitCode = await MarketCommand.RunAsync(["cluster", "schema", "--scripts", folder, "--postgres", connection], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }

    private void WriteScripts(bool flat = false)
    {
        foreach (var (folder, file, text) in new[]
        {
            ("Shared", "PostgreSQL-Main.sql", Main),
            ("Orleans.Clustering.AdoNet", "PostgreSQL-Clustering.sql", Clustering),
            ("Orleans.Reminders.AdoNet", "PostgreSQL-Reminders.sql", Reminders),
        })
        {
            var path = flat ? _folder.FullName : _folder.CreateSubdirectory(folder).FullName;
            File.WriteAllText(Path.Combine(path, file), text);
        }
    }

    /// <summary>A PostgreSQL of these tests' own.</summary>
    public sealed class Server : IAsyncLifetime
    {
        public PostgreSqlServer PostgreSql { get; private set; } = null!;

        public async Task InitializeAsync() => PostgreSql = await PostgreSqlServer.StartAsync();

        public async Task DisposeAsync() => await PostgreSql.DisposeAsync();
    }
}
