using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Scheduling;
using Orleans.Runtime.Storage;
using Orleans.TestingHost;
using ProvingMarket.TestKit.Storage;

namespace ProvingMarket.TestKit.Cluster;

/// <summary>What the testing cluster needs on the embedded engine.</summary>
internal static class EngineSetup
{
    /// <summary>How often a call may be found unfinished after everything has settled before it is taken to wait for what is parked. Settling
    /// is exact but for what happens outside of the silo, in the caller itself.</summary>
    public const int RoundsUntilParked = 20;

    /// <summary>Reminders come when they are due.</summary>
    public static readonly TimeSpan RemindersLateBy = TimeSpan.Zero;

    /// <summary>Settling is exact: what has not come then does not come.</summary>
    public static TimeSpan? StallsAfter => null;

    /// <summary>The silo follows the fake clock, and all its work is metered.</summary>
    public static void Configure(ISiloBuilder silo, TimeProvider time, ActivityMeter meter)
    {
        silo.Services.AddSingleton(time);
        silo.Services.AddSingleton<IWorkScheduler>(new MeteredScheduler(meter));
        silo.UseInMemoryReminderService();
    }

    /// <summary>The client's observers are metered, too.</summary>
    public static void Configure(InProcessTestClusterBuilder builder, ActivityMeter meter) =>
        builder.ConfigureClientHost(client => client.Services.AddSingleton<IWorkScheduler>(new MeteredScheduler(meter)));

    public static IRecordCodec CodecOf(IServiceProvider services) => new EmbeddedCodec(services.GetRequiredService<IGrainStateSerializer>());

    /// <summary>Waits until nothing is under way any more. Exact: every turn is metered from the moment it is scheduled.</summary>
    public static Task SettleAsync(ActivityMeter meter, Func<Task> roundTrip)
    {
        ArgumentNullException.ThrowIfNull(roundTrip);
        return meter.QuietAsync().WaitAsync(Patience.Limit);
    }

    private sealed class MeteredScheduler(ActivityMeter meter) : IWorkScheduler
    {
        private readonly ThreadPoolWorkScheduler _scheduler = new();

        public void Schedule(IThreadPoolWorkItem item) => _scheduler.Schedule(new Metered(item, meter.Begin()));

        private sealed class Metered(IThreadPoolWorkItem item, ActivityMeter.Activity activity) : IThreadPoolWorkItem
        {
            public void Execute()
            {
                using (activity) item.Execute();
            }
        }
    }

    private sealed class EmbeddedCodec(IGrainStateSerializer serializer) : IRecordCodec
    {
        public byte[] Encode<TRecord>(TRecord record) => serializer.Serialize(record);

        public TRecord Decode<TRecord>(byte[] bytes) => serializer.Deserialize<TRecord>(bytes)!;
    }
}
