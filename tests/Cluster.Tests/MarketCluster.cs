using System.Globalization;
using ProvingMarket.EndToEnd.Tests.Processes;
using ProvingMarket.PostgreSqlFixture;

namespace ProvingMarket.Cluster.Tests;

/// <summary>Silos and workers as processes, on a PostgreSQL of the test's own.</summary>
internal sealed class MarketCluster : IAsyncDisposable
{
    private readonly PostgreSqlServer _server;
    private readonly List<Program> _programs = [];

    private MarketCluster(PostgreSqlServer server, string database) => (_server, Database) = (server, database);

    /// <summary>The database of the cluster and of its state.</summary>
    public string Database { get; }

    /// <summary>What all processes have printed, for a test that fails.</summary>
    public string Output => string.Join("\n----------\n", _programs.Select(program => program.Output));

    /// <summary>A database with the schema of a cluster, and no silo.</summary>
    public static async Task<MarketCluster> CreateAsync()
    {
        var server = await PostgreSqlServer.StartAsync();
        var cluster = new MarketCluster(server, await server.CreateDatabaseAsync());
        await using var schema = cluster.Market("cluster", "schema", "--scripts", ClusterFactAttribute.Scripts!);
        Assert.True(await schema.ExitAsync() == 0, schema.Output);
        return cluster;
    }

    /// <summary>Starts a silo; it has joined when this ends.</summary>
    public async Task<Program> StartSiloAsync()
    {
        var silo = Program.Start("ProvingMarket.Silo.dll", Environment("Silo__Cluster__ConnectionString"), "--gateway-port", "0", "--silo-port", "0", "--web-port", "0");
        _programs.Add(silo);
        await silo.LineAsync(line => line.Contains("Now listening on", StringComparison.Ordinal));
        return silo;
    }

    /// <summary>Starts a worker whose backend hands out a proof that was made before.</summary>
    public void StartWorker(string prover, string account, RealProofFiles proof, int slots) =>
        _programs.Add(Market([.. proof.Worker(prover, account), "--slots", slots.ToString(CultureInfo.InvariantCulture)]));

    /// <summary>Runs the <c>market</c> command with this cluster's database.</summary>
    public Program Market(params string[] arguments) => Program.Start("market.dll", Environment("MARKET_CLUSTER"), arguments);

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs) await program.DisposeAsync();
        await _server.DisposeAsync();
    }

    private (string Name, string Value)[] Environment(string variable) => [(variable, Database), ("Logging__LogLevel__Orleans", "Warning"), ("Logging__LogLevel__Orleans.Hosting.SiloHostedService", "Information"), ("Logging__LogLevel__Npgsql", "Warning")];
}
