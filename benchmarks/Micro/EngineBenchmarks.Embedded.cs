using Microsoft.Extensions.Hosting;
using ProvingMarket.Benchmarks.Micro.Simulation;
using ProvingMarket.Benchmarks.Micro.Storage;

namespace ProvingMarket.Benchmarks.Micro;

/// <summary>What differs on Orleans.Embedded.</summary>
internal static class EngineBenchmarks
{
    public const string Engine = "Orleans.Embedded";

    /// <summary>A silo that clients in other processes reach at <paramref name="port"/>.</summary>
    public static void UseSilo(this IHostApplicationBuilder builder, int port) =>
        builder.UseOrleans(silo => silo.UseEmbeddedGateway(options => options.Port = port));

    /// <summary>A silo that only its own process calls.</summary>
    public static void UseLocalSilo(this IHostApplicationBuilder builder, Action<ISiloBuilder>? configure = null) =>
        builder.UseOrleans(silo => configure?.Invoke(silo));

    public static int RunSimulation(string[] options) => SimulationThroughput.Run(options);

    public static Task<int> RunStorageAsync(string[] options) => StorageThroughput.RunAsync(options);
}
