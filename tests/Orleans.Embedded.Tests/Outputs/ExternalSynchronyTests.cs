using FsCheck;
using FsCheck.Fluent;
using Orleans.Embedded.Tests.Storage;
using Orleans.Engine;
using Orleans.Hosting;

namespace Orleans.Embedded.Tests.Outputs;

/// <summary>Grains do not wait for the disk; those outside wait for all that they could hear of.</summary>
public sealed class ExternalSynchronyTests : IAsyncDisposable
{
    private readonly SqliteFixture _file = new();

    [Fact]
    public void Grains_go_on_before_the_disk_has_what_they_wrote_and_the_client_hears_of_it_after()
    {
        using var silo = new SynchronousHost(_file.Options.DataSource);
        var before = silo.Database.Transactions;
        var payment = silo.Pay("p", "a", "b");

        // Both grains have written, the second because of the first, and nothing is on the disk.
        Assert.False(payment.IsCompleted);
        Assert.Equal(before, silo.Database.Transactions);

        silo.Flush();
        Assert.True(payment.IsCompletedSuccessfully);
        Assert.Equal(before + 1, silo.Database.Transactions);
    }

    [Fact]
    public void Without_it_each_grain_waits_for_its_own_write()
    {
        using var silo = new SynchronousHost(_file.Options.DataSource, isExternal: false);
        var before = silo.Database.Transactions;
        var payment = silo.Pay("p", "a", "b");

        silo.Flush();
        Assert.False(payment.IsCompleted);
        silo.Flush();
        Assert.True(payment.IsCompletedSuccessfully);
        Assert.Equal(before + 2, silo.Database.Transactions);
    }

    [Fact]
    public void Whoever_asks_meanwhile_hears_of_it_with_the_others()
    {
        using var silo = new SynchronousHost(_file.Options.DataSource);
        _ = silo.Pay("p", "a", "b");
        var question = silo.Host.Start(() => silo.Purse("b").Has());
        Assert.False(question.IsCompleted);
        silo.Flush();
        Assert.True(question.IsCompletedSuccessfully);

        // Nothing is under way: nobody waits.
        Assert.Equal("|first p", silo.Host.Run(() => silo.Purse("b").Has()));
    }

    [Fact]
    public void A_failure_is_an_answer_as_well()
    {
        using var silo = new SynchronousHost(_file.Options.DataSource);
        var call = silo.Host.Start(() => silo.Purse("a").Fail());
        Assert.False(call.IsCompleted);
        silo.Flush();
        Assert.Equal("as it should", Assert.IsType<InvalidOperationException>(call.Exception!.InnerException).Message);
    }

    [Fact]
    public void Observers_are_called_when_the_disk_has_it_and_in_order()
    {
        using var silo = new SynchronousHost(_file.Options.DataSource);
        var observer = new Listener();
        silo.Host.Run(() => silo.Purse("b").Watch(silo.Host.Grains.CreateObjectReference<IPurseObserver>(observer)));
        _ = silo.Pay("p", "a", "b");
        _ = silo.Pay("q", "a", "b");

        // But for what may be said too early.
        Assert.Equal(["p is coming", "q is coming"], observer.Heard);
        silo.Flush();
        Assert.Equal(["p is coming", "q is coming", "p", "q"], observer.Heard);
    }

    [Fact]
    public void What_somebody_waits_for_is_never_said_too_early()
    {
        var refusal = Assert.Throws<ArgumentException>(() => new ManualHost(configure: silo => silo.AllowEarlyCall<IPurseObserver>(nameof(IPurseObserver.Received))));
        Assert.Contains("not one-way", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ManualHost(configure: silo => silo.AllowEarlyCall<IPurseObserver>("Nothing")));
    }

    [Fact]
    public void Nobody_waits_longer_than_for_an_answer_and_what_was_written_is()
    {
        using var silo = new SynchronousHost(_file.Options.DataSource);
        var payment = silo.Pay("p", "a", "b");
        silo.Host.Advance(TimeSpan.FromSeconds(31));
        Assert.IsType<TimeoutException>(payment.Exception!.InnerException);

        silo.Flush();
        Assert.Equal("first p|", silo.Host.Run(() => silo.Purse("a").Has()));
    }

    [Fact]
    public void A_grain_that_comes_back_finds_what_it_wrote_last()
    {
        using var silo = new SynchronousHost(_file.Options.DataSource);
        _ = silo.Pay("p", "a", "c");
        _ = silo.Host.Start(() => silo.Purse("c").Leave());
        var question = silo.Host.Start(() => silo.Purse("c").Has());

        // It is read after it was written, and the record is new: it is not said that there is none.
        silo.Flush();
        Assert.False(question.IsCompleted);
        silo.Read();
        Assert.True(question.IsCompletedSuccessfully);
        Assert.Equal("|p", silo.Host.Run(() => silo.Purse("c").Has()));
    }

    [Fact]
    public void A_silo_that_stops_waits_for_the_disk()
    {
        using var silo = new SynchronousHost(_file.Options.DataSource);
        var payment = silo.Pay("p", "a", "b");
        var stopped = silo.Host.Start(() => silo.Host.Silo.StopAsync(CancellationToken.None));
        Assert.False(stopped.IsCompleted);

        silo.Flush();
        Assert.True(stopped.IsCompletedSuccessfully);
        Assert.True(payment.IsCompletedSuccessfully);
    }

    [Fact]
    public void What_is_not_on_the_disk_when_the_power_fails_nobody_has_heard_of()
    {
        using var silo = new SynchronousHost(_file.Options.DataSource);
        var first = silo.Pay("p", "a", "b");
        silo.Flush();
        var second = silo.Pay("q", "a", "b");
        Assert.True(first.IsCompletedSuccessfully);
        Assert.False(second.IsCompleted);

        using var after = new SynchronousHost(silo.Cut(Path.Combine(Path.GetDirectoryName(_file.Options.DataSource)!, "after")));
        var found = after.Host.Start(() => after.Purse("b").Has());
        after.Finish(found);
        Assert.Equal("|first p first", after.Host.Run(() => after.Purse("b").Has()));
    }

    /// <summary>Whoever goes on when, and whenever the power fails.</summary>
    [Fact]
    public void Nobody_ever_hears_of_what_a_failing_power_would_take_back()
    {
        var (heard, kept) = (0, 0);
        Prop.ForAll(Gen.Choose(0, ExternalSynchronySteps.Choices - 1).ListOf(150).ToArbitrary(), choices =>
        {
            using var steps = new ExternalSynchronySteps();
            foreach (var choice in choices) steps.Do(choice);
            (heard, kept) = (heard + steps.Seen.Heard, kept + steps.Seen.Kept);
        }).QuickCheckThrowOnFailure();
        Assert.InRange(heard, 100, int.MaxValue);
        Assert.InRange(kept, 100, int.MaxValue);
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
