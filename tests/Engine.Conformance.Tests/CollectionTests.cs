using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Orleans.Conformance;

/// <summary>Activations that nobody uses, on real time: an engine collects them within seconds when it is told to.</summary>
public sealed class CollectionTests
{
    private static readonly TimeSpan s_age = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task An_idle_activation_is_collected_and_one_with_a_timer_that_keeps_it_alive_is_not()
    {
        await using var cluster = await EngineCluster.StartAsync(silo =>
        {
            silo.Services.AddSingleton<Journal>();
            silo.Configure<GrainCollectionOptions>(options => (options.CollectionAge, options.CollectionQuantum) = (s_age, s_age / 4));
        });
        var journal = cluster.SiloServices.GetRequiredService<Journal>();
        await cluster.Client.GetGrain<ITimerGrain>("busy").StartThatKeepsAlive(s_age / 10);
        await cluster.Client.GetGrain<ITimerGrain>("ticking").Start(s_age / 10, s_age / 10);

        Assert.Equal(1, await cluster.Client.GetGrain<ILifeGrain>("idle").Count());
        await journal.Reached("idle", 2);
        await journal.Reached("ticking", 5);

        Assert.Equal(["activated", "deactivated: ActivationIdle"], journal.Of("idle"));
        Assert.Equal(1, await cluster.Client.GetGrain<ILifeGrain>("idle").Count());
        Assert.DoesNotContain("deactivated", journal.Of("busy"));
        await journal.Until("ticking", "deactivated");
    }
}
