using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;

namespace ProvingMarket.Benchmarks.Lifecycle.Market;

/// <summary>The provers' workers, as a prover runs them (sessions, queues, declines), in the silo's process and with a backend that proves at once.</summary>
internal sealed class Workers : IAsyncDisposable
{
    private const int AtOnce = 64;

    private readonly List<ServiceProvider> _all = [];

    /// <summary>Connects them all, with their stake deposited.</summary>
    /// <param name="silo">The market.</param>
    /// <param name="circuits">What they prove.</param>
    /// <param name="scale">How many there are to be.</param>
    /// <param name="from">How many there are already.</param>
    public static async Task<Workers> StartAsync(MarketSilo silo, Circuits circuits, Scale scale, int from = 0)
    {
        var workers = new Workers();
        foreach (var batch in Enumerable.Range(from, scale.Provers - from).Select(i => scale.Prover(i)).Chunk(AtOnce))
            await Task.WhenAll(batch.Select(prover => workers.StartAsync(silo, circuits, scale, prover)));
        return workers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var batch in _all.Chunk(AtOnce)) await Task.WhenAll(batch.Select(StopAsync));
    }

    private async Task StartAsync(MarketSilo silo, Circuits circuits, Scale scale, string prover)
    {
        var connected = new Connected();
        var services = new ServiceCollection();
        services.AddSingleton(silo.Grains);
        services.AddSingleton<IProverBackend>(new InstantBackend(Requests.PublicInputsBytes));
        services.AddSingleton<IProverEvents>(connected);
        services.AddProverWorker(options =>
        {
            options.ProverId = prover;
            options.Account = Scale.AccountOf(prover);
            options.CircuitsFolder = circuits.Folder;
            options.Slots = scale.Slots;
            options.MilliUnitsPerSecond = 1_000_000_000;
            options.DrainTimeout = TimeSpan.FromSeconds(1);
        });
        var provider = services.BuildServiceProvider();
        lock (_all) _all.Add(provider);

        await silo.Client.DepositAsync(Scale.AccountOf(prover), "funds", Credits.Whole(Money.Funds));
        await provider.GetRequiredService<ProverWorker>().StartAsync(CancellationToken.None);
        await connected.Task.WaitAsync(TimeSpan.FromMinutes(1));
        if (await silo.Client.DepositStakeAsync(prover, "stake", Credits.Whole(Money.Stake)) is { } refusal)
            throw new InvalidOperationException($"{prover} could not stake: {refusal}");
    }

    private static async Task StopAsync(ServiceProvider provider)
    {
        await provider.GetRequiredService<ProverWorker>().StopAsync(CancellationToken.None);
        await provider.DisposeAsync();
    }

    private sealed class Connected : IProverEvents
    {
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Task => _connected.Task;

        public void OnEvent(ProverEvent proverEvent)
        {
            if (proverEvent.Kind == ProverEventKind.Connected) _connected.TrySetResult();
        }
    }
}
