using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Tuning;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Routing;

namespace ProvingMarket.Grains.Routing;

/// <summary>What the routers of a silo know of the market, about a second old and shared by all of them. While it is used it is renewed behind requests,
/// none of which waits; after a while without requests the next one waits for it. What cannot be renewed stays as it was.</summary>
internal sealed partial class MarketViews(IOptions<MarketOptions> options, TimeProvider time, ILogger<MarketViews> logger)
{
    /// <summary>What is older is renewed.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>What is older is not used any more, if something newer can be had.</summary>
    public static readonly TimeSpan Usable = TimeSpan.FromSeconds(5);

    private const int AsksLookedAt = 256;
    private const int MostPrograms = 1024;
    private const int MostIncumbents = 8192;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, ProgramView> _programs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _renewing = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _incumbents = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (TuningView? View, DateTimeOffset TakenAt)> _tunings = new(StringComparer.Ordinal);
    private SupplyView _supply = new([.. Enumerable.Repeat(new SupplyReport(), options.Value.RegistryShards)], DateTimeOffset.MinValue);
    private LearnedModel _model = LearnedModel.Untaught;

    /// <summary>What has been learned.</summary>
    public LearnedModel Model => Volatile.Read(ref _model);

    /// <summary>The provers of a program.</summary>
    /// <param name="grains">The grains of the router that asks; what it starts goes on within its turns.</param>
    /// <param name="program">The program.</param>
    public async ValueTask<ProgramSupply> SupplyAsync(IGrainFactory grains, ProgramSummary program)
    {
        var known = _programs.GetValueOrDefault(program.ProgramId);
        var age = known is null ? TimeSpan.MaxValue : (time.GetUtcNow() - known.TakenAt).Duration();
        if (age <= Fresh) return known!.Supply;
        var renewed = RenewOnceAsync(grains, program);
        if (age <= Usable) return known!.Supply;
        try
        {
            await renewed.WaitAsync(LongestWait, time);
        }
        catch (TimeoutException)
        {
            LogSlow(logger, program.ProgramId, LongestWait);
        }
        return _programs.GetValueOrDefault(program.ProgramId)?.Supply ?? ProgramSupply.Of(program, _supply.Shards, []);
    }

    /// <summary>What is tuned for an account, as far as it is known: no request waits for it.</summary>
    public TuningView TuningOf(IGrainFactory grains, string account)
    {
        if (!options.Value.TuneInstances) return TuningView.Nothing;
        var known = _tunings.GetValueOrDefault(account);
        if (known.View is null || (time.GetUtcNow() - known.TakenAt).Duration() > Fresh)
        {
            if (_tunings.Count >= MostIncumbents) _tunings.Clear();
            _tunings[account] = (known.View ?? TuningView.Nothing, time.GetUtcNow());
            _ = RenewTuningAsync(grains, account);
        }
        return known.View ?? TuningView.Nothing;
    }

    /// <summary>The instance chosen last for a kind of request; null when none is known.</summary>
    public string? IncumbentOf(RouteQuestion question) => _incumbents.GetValueOrDefault(KindOf(question));

    /// <summary>Remembers what was chosen for a kind of request.</summary>
    public void Remember(RouteQuestion question, string instance)
    {
        if (_incumbents.Count >= MostIncumbents) _incumbents.Clear();
        _incumbents[KindOf(question)] = instance;
    }

    private Task RenewOnceAsync(IGrainFactory grains, ProgramSummary program)
    {
        if (_renewing.TryGetValue(program.ProgramId, out var underWay)) return underWay;
        var renewal = RenewAsync(grains, program);
        // It may have ended already.
        if (!renewal.IsCompleted && _renewing.TryAdd(program.ProgramId, renewal) && renewal.IsCompleted) _renewing.TryRemove(program.ProgramId, out _);
        return renewal;
    }

    private async Task RenewAsync(IGrainFactory grains, ProgramSummary program)
    {
        try
        {
            var learned = LearnAsync(grains);
            var supply = await RenewSupplyAsync(grains);
            var asks = await AsksAsync(grains, program.ProgramId, supply.Shards);
            await learned;
            if (_programs.Count >= MostPrograms) _programs.Clear();
            _programs[program.ProgramId] = new ProgramView(ProgramSupply.Of(program, supply.Shards, asks), supply.TakenAt);
        }
        finally
        {
            _renewing.TryRemove(program.ProgramId, out _);
        }
    }

    private async Task<SupplyView> RenewSupplyAsync(IGrainFactory grains)
    {
        var (known, now) = (Volatile.Read(ref _supply), time.GetUtcNow());
        if ((now - known.TakenAt).Duration() <= Fresh) return known;
        var shards = await Task.WhenAll(known.Shards.Select((before, shard) =>
            OrKnownAsync(() => grains.GetGrain<ITaskRegistryGrain>(shard).GetSupplyAsync(), before, "supply")));
        var renewed = new SupplyView([.. shards.Select((report, shard) => report ?? known.Shards[shard])], now);
        Volatile.Write(ref _supply, renewed);
        return renewed;
    }

    private async Task LearnAsync(IGrainFactory grains)
    {
        var known = Model.Version;
        var learned = await OrKnownAsync(() => grains.GetGrain<IMarketStatisticsGrain>(GrainKeys.Single).GetAsync(known), null, "statistics");
        if (learned is not null) Volatile.Write(ref _model, new LearnedModel(learned));
    }

    private async Task RenewTuningAsync(IGrainFactory grains, string account)
    {
        if (await OrKnownAsync(() => grains.GetGrain<IRequesterGrain>(account).GetTuningAsync(), null, "tuning") is { } tuning)
            _tunings[account] = (tuning, time.GetUtcNow());
    }

    /// <summary>What those who are there ask: whoever has gone may have left any number of better asks behind.</summary>
    private async Task<ImmutableArray<Ask>> AsksAsync(IGrainFactory grains, string programId, IEnumerable<SupplyReport> supply)
    {
        ImmutableArray<string> there =
            [.. supply.SelectMany(report => report.Provers).Where(prover => prover.Programs.Any(served => served.ProgramId == programId)).Select(prover => prover.ProverId)];
        return there.IsEmpty ? [] : await OrKnownAsync(async () => (await grains.GetGrain<IOrderBookGrain>(programId).ListBestAsync(there, AsksLookedAt)).Asks, [], "asks");
    }

    private async Task<T?> OrKnownAsync<T>(Func<Task<T>> ask, T? known, string what)
    {
        try
        {
            return await ask();
        }
        catch (Exception e)
        {
            LogNotRenewed(logger, what, e);
            return known;
        }
    }

    private static string KindOf(RouteQuestion question)
    {
        var weights = question.Weights;
        return string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{question.Account}/{question.Program.ProgramId}/{weights.Speed}/{weights.Cost}/{weights.Safety}/{weights.CensorshipResistance}");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The router goes on with what it knows: {What} could not be renewed")]
    private static partial void LogNotRenewed(ILogger logger, string what, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The supply of program {ProgramId} was not known within {Wait}; a request was routed without it")]
    private static partial void LogSlow(ILogger logger, string programId, TimeSpan wait);
}
