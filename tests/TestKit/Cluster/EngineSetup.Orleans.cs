using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Reminders;
using Orleans.Serialization;
using Orleans.TestingHost;
using ProvingMarket.TestKit.Storage;

namespace ProvingMarket.TestKit.Cluster;

/// <summary>What the testing cluster needs on Microsoft Orleans.</summary>
internal static class EngineSetup
{
    /// <summary>How often a call may be found unfinished after everything has settled before it is taken to wait for what is parked. Settling
    /// takes long enough for the caller, too.</summary>
    public const int RoundsUntilParked = 1;

    /// <summary>Reminders may come so much after they are due. They are read and waited for in the background, which is not seen from outside: on a busy machine the clock moves on meanwhile.</summary>
    public static readonly TimeSpan RemindersLateBy = TimeSpan.FromSeconds(10);

    /// <summary>What follows without the clock, and has not come for so long, is taken to have missed its last step.</summary>
    public static TimeSpan? StallsAfter => TimeSpan.FromSeconds(3);

    private static readonly TimeSpan NothingMoves = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan NothingMovesButParked = TimeSpan.FromMilliseconds(20);

    /// <summary>Grains, their timers and reminders follow the fake clock; the silo's own background work would hang on it and keeps the real one.</summary>
    public static void Configure(ISiloBuilder silo, TimeProvider time, ActivityMeter meter)
    {
        silo.Services.AddSingleton(time);
        silo.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
        silo.Services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, new ReminderTime(time));
        silo.Services.AddSingleton<IIncomingGrainCallFilter>(new MeteringFilter(meter));
        silo.Services.AddSingleton<IOutgoingGrainCallFilter>(new MeteringFilter(meter));
        silo.UseInMemoryReminderService();
    }

    public static void Configure(InProcessTestClusterBuilder builder, ActivityMeter meter)
    {
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureClientHost(client => client.Services.AddSingleton<IOutgoingGrainCallFilter>(new MeteringFilter(meter)));
    }

    public static IRecordCodec CodecOf(IServiceProvider services) => new OrleansCodec(services.GetRequiredService<Serializer>());

    /// <summary>Waits until nothing is under way and nothing begins, or what is under way does not move for a while. As good as it gets from
    /// outside: timers that wait for their turn are not seen, and a thread may be kept waiting for longer than that while, so a test may rely on
    /// nothing more than that this is usually true.</summary>
    public static async Task SettleAsync(ActivityMeter meter, Func<Task> roundTrip)
    {
        var events = -1L;
        var quietSince = 0L;
        for (var quiet = 0; quiet <= 5 || (meter.UnderWay > 0 && Stopwatch.GetElapsedTime(quietSince) < Limit()); quiet++)
        {
            await roundTrip();
            await Task.Yield();
            if (events == meter.Events) continue;
            (events, quiet, quietSince) = (meter.Events, 0, Stopwatch.GetTimestamp());
        }

        // The calls that wait for what is parked are under way all the time. Those that have not arrived may be queued behind them, or need longer.
        TimeSpan Limit() => meter.IsParked && !meter.IsCallOnItsWay ? NothingMovesButParked : NothingMoves;
    }

    /// <summary>Meters calls from when they leave their caller until it has the answer, and notes when they arrive.</summary>
    private sealed class MeteringFilter(ActivityMeter meter) : IIncomingGrainCallFilter, IOutgoingGrainCallFilter
    {
        private const string CallNumber = "market.test.call";

        // The one waits for as long as it is asked to, the other is the round trip of the waiting test itself.
        private const string LongPoll = "WatchAsync";
        private const string RoundTrip = "ListMechanismsAsync";

        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            if (!IsMetered(context) || !IsOurs(context))
            {
                await context.Invoke();
                return;
            }
            using var activity = meter.Begin();
            var call = meter.Depart();
            RequestContext.Set(CallNumber, call);
            try
            {
                await context.Invoke();
            }
            finally
            {
                meter.Arrive(call);
            }
        }

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            if (!IsMetered(context))
            {
                await context.Invoke();
                return;
            }
            using var activity = meter.Begin();
            if (RequestContext.Get(CallNumber) is long call) meter.Arrive(call);
            await context.Invoke();
        }

        // What comes in are also ticks of grains' timers, which are the engine's own calls.
        private static bool IsMetered(IGrainCallContext context) => context.MethodName is not (LongPoll or RoundTrip);

        private static bool IsOurs(IGrainCallContext context) => context.InterfaceName.StartsWith("ProvingMarket.", StringComparison.Ordinal);
    }

    /// <summary>The fake clock for reminders. They wait again and again until a time has come, each time in whole milliseconds, rounded down: under a clock that stands still less than a millisecond
    /// before that time they would wait for ever, and keep the thread that moved it. So it shows whole milliseconds and its timers are a millisecond late.</summary>
    private sealed class ReminderTime(TimeProvider time) : TimeProvider
    {
        private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow()
        {
            var now = time.GetUtcNow();
            var beyond = now.Ticks % TimeSpan.TicksPerMillisecond;
            return beyond == 0 ? now : now.AddTicks(TimeSpan.TicksPerMillisecond - beyond);
        }

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : dueTime + Millisecond, period);
    }

    private sealed class OrleansCodec(Serializer serializer) : IRecordCodec
    {
        public byte[] Encode<TRecord>(TRecord record) => serializer.SerializeToArray(record);

        public TRecord Decode<TRecord>(byte[] bytes) => serializer.Deserialize<TRecord>(bytes)!;
    }
}
