using Microsoft.Extensions.Hosting;

namespace ProvingMarket.Benchmarks.Micro;

/// <summary>What differs on Microsoft Orleans.</summary>
internal static class EngineBenchmarks
{
    public const string Engine = "Microsoft.Orleans";

    /// <summary>A silo that clients in other processes reach at <paramref name="port"/>.</summary>
    public static void UseSilo(this IHostApplicationBuilder builder, int port) =>
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort.Take(), port));

    /// <summary>A silo that only its own process calls.</summary>
    public static void UseLocalSilo(this IHostApplicationBuilder builder, Action<ISiloBuilder>? configure = null) => builder.UseOrleans(silo =>
    {
        silo.UseLocalhostClustering(FreePort.Take(), FreePort.Take());
        configure?.Invoke(silo);
    });

    public static int RunSimulation(string[] options)
    {
        Console.Error.WriteLine("The simulated host belongs to Orleans.Embedded. Build without -p:GrainEngine=Orleans.");
        return 2;
    }

    public static Task<int> RunStorageAsync(string[] options)
    {
        Console.Error.WriteLine("The storage benchmark measures SQLite, which belongs to Orleans.Embedded. Build without -p:GrainEngine=Orleans.");
        return Task.FromResult(2);
    }
}
