using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace ProvingMarket.PostgreSqlFixture;

/// <summary>
/// A PostgreSQL server of the tests' own: a data folder that is deleted afterwards, a free port on loopback, a random password. It can be killed and
/// started again. PostgreSQL is installed when it is missing and that is possible.
/// </summary>
public sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string User = "market";
    private const int StartAttempts = 5;
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(1);

    private static readonly Lazy<Task<PostgreSqlServer>> s_shared = new(StartSharedAsync);

    private readonly string _folder = Directory.CreateTempSubdirectory("market-pg-").FullName;
    private readonly string _password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private readonly PostgreSqlPrograms _programs;
    private readonly string[] _settings;
    private Process? _server;
    private int _databases;

    private PostgreSqlServer(PostgreSqlPrograms programs, string[] settings) => (_programs, _settings) = (programs, settings);

    /// <summary>Gets the port on loopback.</summary>
    public int Port { get; private set; }

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Starts a server.</summary>
    /// <param name="settings">Settings in the form <c>name=value</c>, besides the defaults.</param>
    /// <returns>The server, ready for connections.</returns>
    public static async Task<PostgreSqlServer> StartAsync(params string[] settings)
    {
        var server = new PostgreSqlServer(await PostgreSqlPrograms.FindAsync(), settings);
        try
        {
            await server.CreateAsync();
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gets the server that all tests of this process share unless they harm it. It ends with the process.</summary>
    /// <returns>The server.</returns>
    public static Task<PostgreSqlServer> SharedAsync() => s_shared.Value;

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync(ConnectionString("postgres"), $"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    /// <summary>Runs SQL on a connection of its own.</summary>
    /// <param name="connectionString">Where.</param>
    /// <param name="sql">The statements.</param>
    /// <returns>The first value of the first row; null for none.</returns>
    public static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? value : null;
    }

    /// <summary>Kills the server and all its processes, as kill -9 does.</summary>
    /// <returns>A task that ends when they are gone.</returns>
    public async Task KillAsync()
    {
        if (_server is not { } server) return;
        _server = null;

        // The children first have to be known; those the dying server still starts end by themselves.
        var children = ChildProcesses.Of(server.Id);
        server.Kill();
        await server.WaitForExitAsync();
        foreach (var child in children) await ChildProcesses.KillAsync(child);
        server.Dispose();
    }

    /// <summary>Kills one of the server's processes; the server then restarts itself and recovers.</summary>
    /// <param name="processId">The process.</param>
    /// <returns>Whether it is, or was, one of this server's.</returns>
    public bool KillBackend(int processId)
    {
        if (!ChildProcesses.Of(_server?.Id ?? 0).Contains(processId)) return false;
        using var process = Process.GetProcessById(processId);
        process.Kill();
        return true;
    }

    /// <summary>Adds up the processor time of the server and of its processes, those that have ended included.</summary>
    /// <returns>The time so far; zero when it does not run.</returns>
    public TimeSpan ProcessorTime() => _server is { } server ? ChildProcesses.ProcessorTime(server.Id) : TimeSpan.Zero;

    /// <summary>Starts the server, after it was killed, on the same port and data.</summary>
    /// <returns>A task that ends when it is ready for connections.</returns>
    public async Task StartAgainAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            if (Port == 0) Port = FreePort();
            var (server, problem) = await TryStartAsync();
            if (server is not null)
            {
                _server = server;
                return;
            }

            if (attempt == StartAttempts) throw new InvalidOperationException($"PostgreSQL did not start in {_folder}: {problem}");
            if (problem.Contains("could not bind", StringComparison.Ordinal)) Port = 0;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<PostgreSqlServer> StartSharedAsync()
    {
        var server = await StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return server;
    }

    private string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username={User};Password={_password};Database={database};Pooling=false;Include Error Detail=true");

    private async Task CreateAsync()
    {
        var passwordFile = Path.Combine(_folder, "password");
        await File.WriteAllTextAsync(passwordFile, _password);
        await _programs.OwnAsync(_folder, passwordFile);
        await _programs.RunAsync("initdb", "-D", Data, "-U", User, $"--pwfile={passwordFile}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync");
    }

    private async Task<(Process? Server, string Problem)> TryStartAsync()
    {
        string[] settings = ["listen_addresses=127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"port={Port}"), "unix_socket_directories=", "shared_buffers=64MB", "max_connections=200", .. _settings];
        var server = _programs.Start("postgres", ["-D", Data, .. settings.SelectMany(setting => new[] { "-c", setting })]);
        var lines = new List<string>();
        using var limit = new CancellationTokenSource(s_startLimit);
        while (await server.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains("ready to accept connections", StringComparison.Ordinal))
            {
                _ = server.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return (server, "");
            }

            lines.Add(line);
        }

        await server.WaitForExitAsync(limit.Token);
        server.Dispose();
        return (null, string.Join(Environment.NewLine, lines));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
