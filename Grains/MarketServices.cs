using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Grains.Mechanisms.DutchAuction;
using ProvingMarket.Grains.Mechanisms.ElectedRace;
using ProvingMarket.Grains.Mechanisms.OrderBook;
using ProvingMarket.Grains.Mechanisms.Race;
using ProvingMarket.Grains.Mechanisms.RandomElection;
using ProvingMarket.Grains.Mechanisms.SealedBidAuction;
using ProvingMarket.Grains.Programs;
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
        services.TryAddSingleton(ProofSystems.Default);
        services.TryAddSingleton<PreparedKeys>();
        return services
            .AddMechanism<DutchAuctionMechanism>()
            .AddMechanism<ElectedRaceMechanism>()
            .AddMechanism<OrderBookMechanism>()
            .AddMechanism<RaceMechanism>()
            .AddMechanism<RandomElectionMechanism>()
            .AddMechanism<SealedBidMechanism>();
    }

    /// <summary>Adds a mechanism; it is listed, routed to and run like the built-in ones.</summary>
    public static IServiceCollection AddMechanism<TMechanism>(this IServiceCollection services)
        where TMechanism : class, IMechanism
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IMechanism, TMechanism>());
        return services;
    }
}
