using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Client;
using ProvingMarket.Client.Backends;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Proofs;

namespace ProvingMarket.Cli.Demo;

/// <summary>Plays the demonstration: a market, four provers, real proofs, one worker killed, one that cheats.</summary>
/// <param name="progress">Where it is told what happens.</param>
/// <param name="newBackend">Makes backends that prove.</param>
/// <param name="namesMechanisms">Whether the requesters name mechanisms that could leave the choice to the market.</param>
internal sealed class Demonstration(DemoProgress progress, Func<IProverBackend> newBackend, bool namesMechanisms)
{
    // A process starts in a second, and in many on a machine that has much else to do: nothing is shown by this limit.
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromMinutes(3);

    /// <summary>What was seen.</summary>
    internal sealed record Result(ImmutableArray<DemoOutcome> Outcomes, IReadOnlyCollection<DemoCheck> Checks, MoneyCount Before, MoneyCount After);

    /// <summary>Plays it on a data folder.</summary>
    public async Task<Result> PlayAsync(string folder, CancellationToken cancellationToken)
    {
        var (catalog, unusable) = CircuitCatalog.Open(DemoFolders.Circuits);
        if (catalog is null) throw new InvalidOperationException($"The circuits cannot be used: {unusable}.");

        progress.Step("preparing the snarkjs prover");
        await using var swift = newBackend();
        await using var forger = new CorruptingBackend(newBackend());
        await swift.PrepareAsync(progress, cancellationToken);
        await forger.PrepareAsync(progress, cancellationToken);

        progress.Step($"starting a silo with its data in {folder}");
        await using var silo = await DemoSilo.StartAsync(folder, cancellationToken);
        progress.Step($"clients and workers connect to {silo.Gateway} over TCP");
        using var client = await ConnectAsync(silo, cancellationToken);
        var market = client.Services.GetRequiredService<IProvingMarketClient>();
        var grains = client.Services.GetRequiredService<IGrainFactory>();

        foreach (var circuit in catalog.Circuits) Accepted((await market.RegisterProgramAsync(circuit.Definition, cancellationToken)).Refusal);
        foreach (var (account, deposit) in DemoCast.Requesters) await DepositAsync(market, account, deposit, cancellationToken);
        foreach (var prover in DemoCast.Provers) await DepositAsync(market, DemoCast.AccountOf(prover), DemoCast.ProverDeposit, cancellationToken);
        progress.Step($"{catalog.Circuits.Length} programs registered, accounts funded");

        await using var provers = new DemoProvers(silo.Gateway, DemoFolders.Circuits);
        await provers.HostAsync(DemoCast.Swift, swift, slots: 2, ProofSystems.Default, cancellationToken);
        await provers.HostAsync(DemoCast.Forger, forger, slots: 1, new ProofSystems([]), cancellationToken);
        progress.Step($"{DemoCast.Doomed} runs as process {provers.Spawn(DemoCast.Doomed)}");
        foreach (var prover in (string[])[DemoCast.Swift, DemoCast.Forger, DemoCast.Doomed]) await StakeAsync(market, grains, prover, cancellationToken);

        var before = await CountAsync(market, grains, cancellationToken);
        var troubles = new Troubles();
        progress.Step(namesMechanisms ? "three requesters name the mechanism that suits them" : "three requesters say what matters to them, and name no mechanism");
        var routed = await Task.WhenAll(DemoCast.Requests.Where(DemoCast.IsRouted).Select(request => FollowAsync(market, catalog, request, OnEventAsync, cancellationToken)));

        var troubled = DemoCast.Requests.Where(request => !DemoCast.IsRouted(request)).OrderBy(request => request.Expectation == DemoExpectation.PaidLessAfterSoftDeadline)
            .ToDictionary(request => request.Expectation, request => FollowAsync(market, catalog, request, OnEventAsync, cancellationToken));

        // The rescuer comes late: both troubled requests wait for it, whatever the machine's speed.
        await troubles.AllMadeAsync(troubled).WaitAsync(cancellationToken);
        progress.Step($"{DemoCast.Steady} runs as process {provers.Spawn(DemoCast.Steady)} and comes to the rescue");
        await StakeAsync(market, grains, DemoCast.Steady, cancellationToken);
        var ended = routed.Concat(await Task.WhenAll(troubled.Values));

        var checks = new List<DemoCheck>(await CheckRefusalsAsync(market, catalog, cancellationToken));
        var after = await CountAsync(market, grains, cancellationToken);
        ImmutableArray<DemoOutcome> sorted = [.. ended.OrderBy(outcome => outcome.Request.Name, StringComparer.Ordinal)];
        checks.InsertRange(0, DemoChecks.Judge(sorted, before, after));
        return new Result(sorted, checks, before, after);

        async Task OnEventAsync(DemoRequest request, TimelineEntry entry)
        {
            progress.Event(request.Name, entry);
            switch (request.Expectation)
            {
                case DemoExpectation.RescuedFromKilledWorker when entry is { ProverId: DemoCast.Doomed, Phase: RequestPhase.Assigned } && !troubles.AreMade(request.Expectation):
                    await provers.KillAsync(DemoCast.Doomed);
                    progress.Step($"{DemoCast.Doomed} is killed in the middle of its proof (SIGKILL)");
                    troubles.Make(request.Expectation);
                    break;
                case DemoExpectation.RescuedFromForger when entry is { ProverId: DemoCast.Forger, Phase: RequestPhase.Verifying }:
                    troubles.Make(request.Expectation);
                    break;
            }
        }
    }

    private async Task<DemoOutcome> FollowAsync(
        IProvingMarketClient market, CircuitCatalog catalog, DemoRequest request, Func<DemoRequest, TimelineEntry, Task> onEvent, CancellationToken cancellationToken)
    {
        var spec = Spec(catalog, request, DateTimeOffset.UtcNow);
        var handle = (await market.ProveAsync(spec, cancellationToken)).EnsureAccepted();
        var seen = 0;
        await foreach (var status in handle.WatchAsync(cancellationToken))
        {
            foreach (var entry in status.Timeline.Skip(seen)) await onEvent(request, entry);
            seen = status.Timeline.Length;
        }
        var outcome = await handle.WaitAsync(cancellationToken);
        var program = catalog.Find(spec.ProgramId)!.Definition;
        return new DemoOutcome
        {
            Request = request,
            MaxPrice = spec.MaxPrice,
            IsNamed = spec.Mechanism is not null,
            Status = outcome.Status!,
            Explanation = await handle.ExplainAsync(cancellationToken),
            Proof = outcome.Proof,
            PublicInputs = outcome.PublicInputs,
            VerificationKey = program.VerificationKey,
            ProofVerifiedAgain = outcome.IsDelivered && LocalVerifier.Verifies(program, outcome.Proof, spec.PublicInputs),
        };
    }

    /// <summary>A retry is the same request, another body is not, and nobody spends what they do not have.</summary>
    private async Task<IReadOnlyCollection<DemoCheck>> CheckRefusalsAsync(IProvingMarketClient market, CircuitCatalog catalog, CancellationToken cancellationToken)
    {
        var first = DemoCast.Requests[0];
        var original = (await market.Attach(first.Name).GetStatusAsync(cancellationToken))!;
        var conflict = await market.ProveAsync(Spec(catalog, first, original.Timeline[0].At) with { MaxPrice = Credits.Whole(3) }, cancellationToken);
        var overdrawn = await market.ProveAsync(
            Spec(catalog, first, DateTimeOffset.UtcNow) with { RequestId = "8-overdrawn", MaxPrice = Credits.Whole(1_000) }, cancellationToken);
        return
        [
            new("the same request id with another body is refused", conflict.Refusal?.Code == ReasonCode.RequestIdConflict, $"{conflict.Refusal}"),
            new("a price above the balance is refused", overdrawn.Refusal?.Code == ReasonCode.BalanceInsufficient, $"{overdrawn.Refusal}"),
        ];
    }

    private ProofRequestSpec Spec(CircuitCatalog catalog, DemoRequest request, DateTimeOffset now)
    {
        var (file, unreadable) = RequestFile.Read(DemoFolders.Request(request.Name));
        var (spec, refusal) = file is null ? (null, unreadable) : file.ToSpec(catalog, now, request.Name, request.Account);
        if (spec is not null) return namesMechanisms && DemoCast.NamedBy(request) is { } named ? spec with { Mechanism = named } : spec;
        throw new InvalidOperationException($"Request file {request.Name} cannot be used: {refusal}.");
    }

    private static async Task<IHost> ConnectAsync(DemoSilo silo, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddErrors();
        builder.UseProvingMarketGateway(silo.Gateway);
        builder.Services.AddProvingMarketClient();
        var host = builder.Build();
        await host.StartAsync(cancellationToken);
        return host;
    }

    private static async Task DepositAsync(IProvingMarketClient market, string account, Credits amount, CancellationToken cancellationToken) =>
        Accepted((await market.DepositAsync(account, "demo-deposit", amount, cancellationToken)).Refusal);

    /// <summary>Stakes for a prover as soon as its worker has connected.</summary>
    private static async Task StakeAsync(IProvingMarketClient market, IGrainFactory grains, string prover, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectWithin);
        while (await grains.GetGrain<IRegistryGrain>(GrainKeys.Single).GetProverAsync(prover) is null)
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        Accepted(await market.DepositStakeAsync(prover, "demo-stake", DemoCast.StakeOf(prover), cancellationToken));
    }

    private static Task<MoneyCount> CountAsync(IProvingMarketClient market, IGrainFactory grains, CancellationToken cancellationToken) =>
        MoneyCount.TakeAsync(
            market, grains,
            [.. DemoCast.Requesters.Select(requester => requester.Account), .. DemoCast.Provers.Select(DemoCast.AccountOf), GrainKeys.TreasuryAccount],
            DemoCast.Provers, cancellationToken);

    private static void Accepted(Refusal? refusal)
    {
        if (refusal is not null) throw new InvalidOperationException($"The market refused: {refusal}.");
    }
}
