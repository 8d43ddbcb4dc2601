using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Calls;
using ProvingMarket.Proofs;

namespace ProvingMarket.Client.Provers;

/// <summary>A prover as a hosted service: keeps its session with the market, takes invitations its policy likes, proves with its backend and
/// delivers. It outlives every outage of the market. Told to stop, it takes nothing new, finishes what it has within the drain timeout and gives
/// the rest back.</summary>
/// <remarks>Its execution (<see cref="BackgroundService.ExecuteTask"/>) fails with <see cref="ProverRefusedException"/> when the market refuses the
/// prover for good, and with <see cref="ProverBackendException"/> when the backend cannot work on this machine; the host then stops.</remarks>
public sealed class ProverWorker : BackgroundService, IHostedLifecycleService
{
    private readonly ProverWorkerOptions _options;
    private readonly Services _services;
    private readonly CancellationTokenSource _hurry = new();
    private WorkerContext? _context;

    internal ProverWorker(IOptions<ProverWorkerOptions> options, Services services) => (_options, _services) = (options.Value, services);

    /// <summary>Opens the circuits and checks every file that will be offered, so that a worker does not take what it cannot prove. Called before
    /// any part of the application starts: a wrong setting is told without waiting for the market.</summary>
    /// <exception cref="OptionsValidationException">A setting cannot work; the message names it.</exception>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _context ??= Open();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _context ??= Open();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // Either everything has ended, or the host has no more time: then the rest is given back at once.
        await _hurry.CancelAsync();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _hurry.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var worker = _context!;
        worker.Logger.Starting(worker.ProverId, worker.Offer.Programs.Length, worker.Offer.Slots, worker.Backend.Name, worker.Session[..8]);
        await worker.Backend.PrepareAsync(new PreparationProgress(worker), stoppingToken);

        await WorkerLoop.RunAsync(worker, _services.Policy, stoppingToken, _hurry.Token);
    }

    private WorkerContext Open()
    {
        var (catalog, circuits) = OfferedCircuits.Open(_options, _services.Time);
        _services.Metrics.SetProver(_options.ProverId);
        return new WorkerContext
        {
            Options = _options,
            Offer = _options.Offer(circuits.Select(circuit => circuit.ProgramId)),
            Session = _services.Randomness.NextSecret(),
            Grains = _services.Grains,
            Catalog = catalog,
            Backend = ChosenBackend.Among(_services.Backends, _options.Backend),
            ProofSystems = _services.ProofSystems,
            Keys = OfferedCircuits.Keys(_services.ProofSystems, circuits),
            Time = _services.Time,
            Randomness = _services.Randomness,
            Metrics = _services.Metrics,
            Listeners = _services.Listeners,
            Logger = _services.Logger,
        };
    }

    /// <summary>What the worker is given.</summary>
    internal sealed record Services(
        IGrainFactory Grains,
        IReadOnlyList<IProverBackend> Backends,
        ProofSystems ProofSystems,
        IJobPolicy Policy,
        IReadOnlyList<IProverEvents> Listeners,
        ProverMetrics Metrics,
        IRandomness Randomness,
        TimeProvider Time,
        ILogger<ProverWorker> Logger);

    private sealed class PreparationProgress(WorkerContext worker) : IProgress<string>
    {
        public void Report(string value)
        {
            worker.Logger.Preparing(value);
            worker.Publish(ProverEventKind.Preparing, detail: value);
        }
    }
}
