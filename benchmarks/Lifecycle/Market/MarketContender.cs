using ProvingMarket.Domain;

namespace ProvingMarket.Benchmarks.Lifecycle.Market;

/// <summary>The market: server, provers and, unless it is in a process of its own, the client in this process.</summary>
internal sealed class MarketContender : IContender
{
    private readonly Scale _scale;
    private readonly Func<MarketContender, int, Timing, Task<Sample>> _measure;
    private readonly IReadOnlyDictionary<string, string?> _settings;
    private readonly IAsyncDisposable _storage;
    private readonly bool _isDurable;
    private readonly Circuits _circuits = new();
    private MarketSilo _silo = null!;
    private Workers? _workers;

    private MarketContender(
        Scale scale, Func<MarketContender, int, Timing, Task<Sample>> measure, IReadOnlyDictionary<string, string?> settings, IAsyncDisposable storage, bool isDurable) =>
        (_scale, _measure, _settings, _storage, _isDurable) = (scale, measure, Together(scale.Settings, settings), storage, isDurable);

    public Scale Scale => _scale;

    public MarketSilo Silo => _silo;

    public string ProgramId => _circuits.Circuit.ProgramId;

    /// <summary>On SQLite in a new folder: durable before anything is acknowledged.</summary>
    public static Task<IContender> OnSqliteAsync(Scale scale, Func<MarketContender, int, Timing, Task<Sample>> measure)
    {
        var folder = new TemporaryFolder();
        return StartAsync(scale, measure, new() { ["Silo:Storage"] = "sqlite", ["Silo:DataFolder"] = folder.Path }, folder, isDurable: true);
    }

    /// <summary>In memory: what the market costs when nothing has to be durable.</summary>
    public static Task<IContender> InMemoryAsync(Scale scale, Func<MarketContender, int, Timing, Task<Sample>> measure) =>
        StartAsync(scale, measure, new() { ["Silo:Storage"] = "memory" }, new TemporaryFolder(), isDurable: false);

    /// <summary>On a PostgreSQL of its own.</summary>
    public static async Task<IContender> OnPostgreSqlAsync(Scale scale, Func<MarketContender, int, Timing, Task<Sample>> measure)
    {
        var server = await PostgreSql.Server.StartAsync();
        var database = await server.CreateDatabaseAsync();
        return await StartAsync(
            scale, measure, new() { ["Silo:Storage"] = "postgresql", ["Silo:PostgreSql:ConnectionString"] = database }, server, isDurable: true);
    }

    /// <summary>Requests come from this process, without a network.</summary>
    public static Task<Sample> InProcessAsync(MarketContender market, int concurrency, Timing timing)
    {
        var requests = new Requests(market._silo.Client, market.ProgramId, market._scale, "in");
        return ClosedLoop.RunAsync(concurrency, timing, requests.LifecycleAsync, Usage.Now);
    }

    public Task<Sample> MeasureAsync(int concurrency, Timing timing) => _measure(this, concurrency, timing);

    public async Task AuditAsync(long lifecycles)
    {
        await MarketAudit.CheckAsync(_silo, _scale, lifecycles);
        if (!_isDurable) return;
        // Again from what is durable alone.
        await StopAsync();
        _silo = await MarketSilo.StartAsync(_settings);
        await MarketAudit.CheckAsync(_silo, _scale, lifecycles);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _storage.DisposeAsync();
        _circuits.Dispose();
    }

    /// <summary>What the contenders are made of: it cannot be set otherwise.</summary>
    public static readonly IReadOnlySet<string> OwnSettings = new HashSet<string>(
        ["Silo:Storage", "Silo:DataFolder", "Silo:PostgreSql:ConnectionString", "Silo:GatewayPort", "Silo:Cluster:SiloPort"], StringComparer.OrdinalIgnoreCase);

    private static Dictionary<string, string?> Together(IReadOnlyDictionary<string, string?> wanted, IReadOnlyDictionary<string, string?> own) =>
        new(wanted.Concat(own), StringComparer.OrdinalIgnoreCase);

    private static async Task<IContender> StartAsync(
        Scale scale, Func<MarketContender, int, Timing, Task<Sample>> measure, Dictionary<string, string?> settings, IAsyncDisposable storage, bool isDurable)
    {
        var market = new MarketContender(scale, measure, settings, storage, isDurable);
        await market.StartAsync();
        return market;
    }

    private async Task StartAsync()
    {
        _silo = await MarketSilo.StartAsync(_settings);
        var program = await _silo.Client.RegisterProgramAsync(_circuits.Circuit.Definition);
        if (program.Refusal is not null) throw new InvalidOperationException($"{program.Refusal}");
        for (var i = 0; i < _scale.Requesters; i++)
        {
            var deposit = await _silo.Client.DepositAsync(_scale.Requester(i), "funds", Credits.Whole(Money.Funds));
            if (deposit.Refusal is not null) throw new InvalidOperationException($"{deposit.Refusal}");
        }
        _workers = await Workers.StartAsync(_silo, _circuits, _scale);
    }

    private async Task StopAsync()
    {
        if (_workers is { } workers) await workers.DisposeAsync();
        _workers = null;
        await _silo.DisposeAsync();
    }
}
