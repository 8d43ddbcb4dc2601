using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.ElectedRace;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Grains.Programs;
using ProvingMarket.Grains.Routing;
using ProvingMarket.Proofs;

namespace ProvingMarket.Grains;

/// <summary>Registers what the market's grains need in a silo.</summary>
public static class MarketServices
{
    /// <summary>Adds the market, which also needs a <see cref="TimeProvider"/>: its options (validated at start), its built-in mechanisms and the proof systems it verifies.</summary>
    public static IServiceCollection AddProvingMarket(this IServiceCollection services)
    {
        services.AddOptions<MarketOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MarketOptions>, MarketOptionsValidator>());
        services.TryAddSingleton<MechanismCatalog>();
        services.TryAddSingleton<IBeaconSource, MarketBeacon>();
        services.TryAddSingleton<RunServices>();
        services.TryAddSingleton<MarketViews>();
        services.TryAddSingleton(ProofSystems.Default);
        services.TryAddSingleton<KnownPrograms>();
        return services
            .AddMechanism<CooperativeMechanism, ICooperativeRunGrain>()
            .AddMechanism<DutchAuctionMechanism, IDutchAuctionRunGrain>()
            .AddMechanism<ElectedRaceMechanism, IElectedRaceRunGrain>()
            .AddMechanism<OrderBookMechanism, IOrderBookRunGrain>()
            .AddMechanism<RaceMechanism, IRaceRunGrain>()
            .AddMechanism<RandomElectionMechanism, IRandomElectionRunGrain>()
            .AddMechanism<SealedBidMechanism, ISealedBidRunGrain>();
    }

    /// <summary>Adds a mechanism and the grain of its runs; it is listed, routed to and run like the built-in ones. Adding one twice is adding it once.</summary>
    /// <typeparam name="TMechanism">What is said of it without running it.</typeparam>
    /// <typeparam name="TRun">The grain of a run, keyed <c>request/stage</c>.</typeparam>
    public static IServiceCollection AddMechanism<TMechanism, TRun>(this IServiceCollection services)
        where TMechanism : class, IMechanism
        where TRun : class, IMechanismRunGrain
    {
        if (services.Any(service => service.ServiceType == typeof(TMechanism))) return services;
        return services
            .AddSingleton<TMechanism>()
            .AddSingleton(provider => new RegisteredMechanism(
                provider.GetRequiredService<TMechanism>(), (grains, runKey) => grains.GetGrain<TRun>(runKey)));
    }
}
