using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.TestingHost;
using ProvingMarket.TestKit.Storage;

namespace ProvingMarket.TestKit.Cluster;

/// <summary>What the testing cluster needs on Microsoft Orleans.</summary>
internal static class EngineSetup
{
    /// <summary>Grains and their timers follow the fake clock; the silo's own background work would hang on it and keeps the real one.</summary>
    public static void Configure(ISiloBuilder silo, TimeProvider time)
    {
        silo.Services.AddSingleton(time);
        silo.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
        silo.UseInMemoryReminderService();
    }

    public static void Configure(InProcessTestClusterBuilder builder) => builder.Options.ConfigureFileLogging = false;

    public static IRecordCodec CodecOf(IServiceProvider services) => new OrleansCodec(services.GetRequiredService<Serializer>());

    private sealed class OrleansCodec(Serializer serializer) : IRecordCodec
    {
        public byte[] Encode<TRecord>(TRecord record) => serializer.SerializeToArray(record);

        public TRecord Decode<TRecord>(byte[] bytes) => serializer.Deserialize<TRecord>(bytes)!;
    }
}
