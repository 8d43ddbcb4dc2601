using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Storage;
using Orleans.TestingHost;
using ProvingMarket.TestKit.Storage;

namespace ProvingMarket.TestKit.Cluster;

/// <summary>What the testing cluster needs on the embedded engine.</summary>
internal static class EngineSetup
{
    /// <summary>Everything follows the fake clock.</summary>
    public static void Configure(ISiloBuilder silo, TimeProvider time)
    {
        silo.Services.AddSingleton(time);
        silo.UseInMemoryReminderService();
    }

    public static void Configure(InProcessTestClusterBuilder builder) => ArgumentNullException.ThrowIfNull(builder);

    public static IRecordCodec CodecOf(IServiceProvider services) => new EmbeddedCodec(services.GetRequiredService<IGrainStateSerializer>());

    private sealed class EmbeddedCodec(IGrainStateSerializer serializer) : IRecordCodec
    {
        public byte[] Encode<TRecord>(TRecord record) => serializer.Serialize(record);

        public TRecord Decode<TRecord>(byte[] bytes) => serializer.Deserialize<TRecord>(bytes)!;
    }
}
