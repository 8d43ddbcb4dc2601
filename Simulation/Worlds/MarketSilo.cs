using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Simulation;
using ProvingMarket.Client;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Simulation.Proving;

namespace ProvingMarket.Simulation.Worlds;

/// <summary>The market's silo as all simulated worlds have it: everything but proof system and randomness as in production.</summary>
internal static class MarketSilo
{
    /// <summary>Composes the silo.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="grains">The classes of its grains.</param>
    /// <param name="beacon">The randomness of draws.</param>
    /// <param name="market">Sets the market's options.</param>
    /// <param name="started">Told the silo's clock when it starts, the first time and after every crash.</param>
    public static void Configure(
        ISiloBuilder silo, ImmutableArray<Type> grains, IBeaconSource beacon, Action<MarketOptions> market, Action<TimeProvider> started)
    {
        silo.UseGrainClasses(grains);
        silo.Services.AddSingleton(beacon);
        silo.Services.AddProvingMarket();
        silo.Services.Configure(market);
        silo.Services.Replace(ServiceDescriptor.Singleton(SyntheticProofSystem.Alone));
        // As a server does it.
        silo.AddStartupTask(async (services, _) =>
        {
            var (grains, clock) = (services.GetRequiredService<IGrainFactory>(), services.GetRequiredService<TimeProvider>());
            started(clock);
            var shards = services.GetRequiredService<IOptions<MarketOptions>>().Value.RegistryShards;
            await MarketStart.ResumeAsync(grains, shards, clock, NullLogger.Instance, CancellationToken.None);
        });
    }

    /// <summary>A client in a process.</summary>
    public static ProvingMarketClient Client(SimulatedProcess process, MarketClientOptions? options = null) => new(
        process.Grains, Options.Create(options ?? new MarketClientOptions()), new SimulatedRandomness(process.Random), process.Clock,
        NullLogger<ProvingMarketClient>.Instance);

    /// <summary>Registers programs, however long that takes.</summary>
    public static async Task RegisterProgramsAsync(SimulatedProcess process, ImmutableArray<ProgramDefinition> programs)
    {
        var client = Client(process, new MarketClientOptions { GiveUpAfter = TimeSpan.FromDays(1) });
        foreach (var program in programs)
        {
            if ((await client.RegisterProgramAsync(program)).Refusal is { } refusal) throw new InvalidOperationException($"{program.Name}: {refusal}");
        }
    }
}
