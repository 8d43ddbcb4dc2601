using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Conformance;

public sealed class ActivationTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    private Journal Journal => cluster.SiloServices.GetRequiredService<Journal>();

    private ILifeGrain Grain(string key) => cluster.Grains.GetGrain<ILifeGrain>(key);

    [Fact]
    public async Task A_grain_is_activated_before_its_first_call_and_once()
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => Task.Run(() => Grain("once").Count())));

        Assert.Equal(Enumerable.Range(1, 500), counts.Order());
        Assert.Equal(["activated"], Journal.Of("once"));
    }

    [Fact]
    public async Task A_grain_class_need_not_inherit_the_base_class()
    {
        Assert.Equal("plain plain active", await cluster.Grains.GetGrain<IPlainGrain>("plain").Describe());
        Assert.Equal("plain plain active", await cluster.Grains.GetGrain<IPlainGrain>("plain").Describe());
    }

    [Fact]
    public async Task Services_are_injected() => Assert.Equal("True True x True True", await Grain("services").Injected());

    [Fact]
    public async Task A_grain_that_deactivates_itself_has_a_new_activation_for_the_next_call()
    {
        Assert.Equal(1, await Grain("again").Count());
        Assert.Equal(2, await Grain("again").Count());
        await Grain("again").End();
        Assert.Equal(1, await Grain("again").Count());

        Assert.Equal(["activated", "deactivated: ApplicationRequested", "activated"], Journal.Of("again"));
    }

    [Fact]
    public async Task Calls_that_arrive_while_a_grain_deactivates_go_to_its_next_activation()
    {
        var ending = Grain("meanwhile").EndWhile("meanwhile");
        await Barrier.Named("meanwhile").Arrived;
        var calls = Enumerable.Range(0, 20).Select(_ => Grain("meanwhile").Count()).ToList();
        Barrier.Named("meanwhile").Release();
        await ending;

        Assert.Equal(Enumerable.Range(1, 20), (await Task.WhenAll(calls)).Order());
        Assert.Equal(["activated", "ended the call", "deactivated: ApplicationRequested", "activated"], Journal.Of("meanwhile"));
    }

    /// <summary>Orleans refuses a call that meets several ending activations one after another.</summary>
    [Fact]
    public async Task Among_deactivations_every_call_is_answered_or_refused()
    {
        const int Refused = 0;
        var calls = Enumerable.Range(0, 1000).Select(i => Task.Run(async () =>
        {
            try
            {
                if (i % 50 == 0) await Grain("storm").End();
                return await Grain("storm").Count();
            }
            catch (OrleansMessageRejectionException)
            {
                return Refused;
            }
        }));

        var counts = await Task.WhenAll(calls);

        Assert.All(counts, count => Assert.True(count >= Refused));
        Assert.Contains(counts, count => count > Refused);
        Assert.DoesNotContain(Journal.Of("storm"), entry => entry == "activated twice at once");
    }

    [Fact]
    public async Task A_failed_activation_reaches_the_caller_and_the_next_call_tries_again() =>
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(async () =>
        {
            var grain = cluster.Grains.GetGrain<IFailingActivationGrain>($"tries again {i}");

            Assert.Equal("not yet", (await Assert.ThrowsAsync<RefusedException>(grain.Attempts)).Message);
            Assert.Equal(2, await grain.Attempts());
        })));

    [Fact]
    public async Task A_constructor_that_fails_reaches_the_caller()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(cluster.Grains.GetGrain<IFailingConstructorGrain>("x").Nothing);

        Assert.Equal("not constructed", Assert.IsType<RefusedException>(failure.InnerException).Message);
    }

    [Fact]
    public async Task Stateless_workers_share_calls_up_to_their_number()
    {
        var grain = cluster.Grains.GetGrain<IWorkerGrain>(0);
        var calls = Enumerable.Range(0, 12).Select(_ => grain.Work("workers")).ToList();
        await Journal.Reached("workers", 3);
        Assert.All(calls, call => Assert.False(call.IsCompleted));
        Barrier.Named("workers").Release();

        Assert.All(await Task.WhenAll(calls), inside => Assert.InRange(inside, 1, 3));
        Assert.Equal(3, await grain.Greatest());
    }
}
