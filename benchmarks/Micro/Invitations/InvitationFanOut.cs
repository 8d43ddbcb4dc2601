using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Benchmarks.Micro.Invitations;

/// <summary>What it takes to invite all provers of a market to one run and to tell them afterwards to stop, as processor time of the whole process: from the order to
/// the last worker that has heard of it, on the grains' own way. Beside it the same number of calls made plainly, and of messages handed over without any grain.</summary>
internal static class InvitationFanOut
{
    private const int Warmup = 40;
    private static readonly string Program = new('a', 64);

    public static async Task<int> RunAsync(string[] args)
    {
        var (count, rounds) = (Arguments.Number(args, "--provers", 10_000), Arguments.Number(args, "--rounds", 20));
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseLocalSilo(silo =>
        {
            silo.AddMemoryGrainStorage(StorageNames.Market);
            silo.UseInMemoryReminderService();
            silo.Services.AddSingleton(TimeProvider.System);
            // Nobody renews here, and what is announced again is no part of what is measured.
            silo.Services.AddProvingMarket().Configure<MarketOptions>(options =>
                (options.SessionLifetime, options.AnnounceInterval, options.AnnounceIntervalLimit) = (TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)));
        });
        using var host = builder.Build();
        await host.StartAsync();
        var grains = host.Services.GetRequiredService<IClusterClient>();
        var provers = await InvitedProvers.ConnectAsync(grains, Program, count);

        Console.WriteLine($"{EngineBenchmarks.Engine}, {count} provers, {Environment.ProcessorCount} processors, best, median and worst of {rounds} rounds");
        var (run, plain) = (0, 0);
        // As the registry gives them: in another order than that in which they lie in memory.
        var inAnyOrder = Enumerable.Range(0, count).Select(InvitedProvers.IdOf).ToArray();
        new Random(1).Shuffle(inAnyOrder);
        var ended = 0;
        await using var channels = new ReadChannels(count);
        (string Name, Func<Task> Round)[] measured =
        [
            ("peer: each prover called, one after the other", async () =>
            {
                var (told, invitation) = (provers.ToldAsync(count), InvitationTo($"plain{++plain}/0"));
                foreach (var prover in inAnyOrder) await grains.GetGrain<IProverGrain>(prover).InviteAsync(invitation);
                await told;
            }),
            ("peer: each prover called, all awaited together", async () =>
            {
                var (told, invitation) = (provers.ToldAsync(count), InvitationTo($"plain{++plain}/0"));
                await Task.WhenAll(inAnyOrder.Select(prover => grains.GetGrain<IProverGrain>(prover).InviteAsync(invitation)));
                await told;
            }),
            ("a run's order, until the last worker is invited", async () =>
            {
                var told = provers.ToldAsync(count);
                await grains.GetGrain<IRaceRunGrain>($"run{++run}/0").StartAsync(OrderOf(run), Bytes.Empty);
                await told;
            }),
            ("of it: the search in all shards of the registry", () => SearchAsync(grains)),
            ("its end, until the last worker has stopped", async () =>
            {
                var told = provers.ToldAsync(count);
                await grains.GetGrain<IRaceRunGrain>($"run{++ended}/0").ConcludeAsync(ReasonCode.NobodyJoined);
                await told;
            }),
            ("peer: a message into a channel for each, no grains", () => channels.TellAsync(InvitationTo("channel/0"))),
        ];
        // All of them before any is measured: the runtime compiles what is called often once more, some time later.
        foreach (var (_, round) in measured)
        {
            for (var i = 0; i < Warmup; i++) await round();
        }
        foreach (var (name, round) in measured) await MeasureAsync(name, rounds, round);
        await host.StopAsync();
        return 0;
    }

    private static async Task MeasureAsync(string name, int rounds, Func<Task> round)
    {
        var (processor, wall, bytes) = (new double[rounds], new double[rounds], 0L);
        for (var i = 0; i < rounds; i++)
        {
            GC.Collect();
            var (before, allocated, started) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
            await round();
            (processor[i], wall[i]) = ((Environment.CpuUsage.TotalTime - before).TotalMilliseconds, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            bytes = GC.GetTotalAllocatedBytes() - allocated;
        }
        Array.Sort(processor);
        Array.Sort(wall);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-50} {processor[0],6:N1} {processor[rounds / 2],6:N1} {processor[^1],6:N1} ms CPU  {wall[rounds / 2],7:N1} ms elapsed  {bytes / 1024.0 / 1024.0,6:N1} MB"));
    }

    private static Task<CandidateAnswer[]> SearchAsync(IGrainFactory grains)
    {
        var order = OrderOf(0);
        var query = new CandidateQuery { Program = order.Program, Constraints = order.Constraints, Bond = Credits.Zero, Excluded = [], Deadline = order.HardDeadline };
        return Task.WhenAll(Enumerable.Range(0, new MarketOptions().RegistryShards).Select(shard => grains.GetGrain<ITaskRegistryGrain>(shard).FindCandidatesAsync(query)));
    }

    private static RunOrder OrderOf(int run) => new()
    {
        RequestId = $"run{run}",
        Stage = 0,
        Mechanism = new MechanismChoice { Name = "race" },
        Program = new ProgramSummary { ProgramId = Program, ProofSystem = "none", Name = "none", Work = new WorkUnits(1_000), PublicInputs = 1 },
        PublicInputs = Bytes.Utf8("1"),
        MaxPrice = Credits.Whole(10),
        SoftDeadline = DateTimeOffset.UtcNow.AddMinutes(30),
        HardDeadline = DateTimeOffset.UtcNow.AddMinutes(60),
        Constraints = new RequestConstraints(),
        Account = "requester",
    };

    private static Invitation InvitationTo(string runKey) => new()
    {
        RunKey = runKey,
        RunGrain = GrainId.Create("race-run", runKey),
        ProgramId = Program,
        Work = new WorkUnits(1_000),
        Reward = Credits.Whole(10),
        Bond = Credits.Zero,
        SoftDeadline = DateTimeOffset.UtcNow.AddMinutes(30),
        HardDeadline = DateTimeOffset.UtcNow.AddMinutes(60),
        Mechanism = "race",
    };
}
