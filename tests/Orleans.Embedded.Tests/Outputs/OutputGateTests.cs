using Orleans.Engine;
using Orleans.Runtime.Outputs;

namespace Orleans.Embedded.Tests.Outputs;

public sealed class OutputGateTests
{
    private readonly ManualScheduler _scheduler = new();
    private readonly List<string> _seen = [];
    private readonly OutputGate _gate;

    public OutputGateTests() => _gate = new OutputGate(_scheduler);

    [Fact]
    public void Nothing_waits_when_everything_is_on_the_disk()
    {
        Assert.False(_gate.TryHold(new Output(this, "a")));
        _gate.Durable(_gate.Order());
        Assert.False(_gate.TryHold(new Output(this, "b")));
        Assert.True(_gate.WhenDurableAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void An_output_waits_for_what_was_written_before_it_and_for_nothing_after()
    {
        var first = _gate.Order();
        Assert.True(_gate.TryHold(new Output(this, "a")));
        var second = _gate.Order();
        Assert.True(_gate.TryHold(new Output(this, "b")));

        _gate.Durable(first);
        _scheduler.RunAll();
        Assert.Equal(["a"], _seen);
        _gate.Durable(second);
        _scheduler.RunAll();
        Assert.Equal(["a", "b"], _seen);
    }

    [Fact]
    public void Nothing_overtakes_what_is_let_go()
    {
        var position = _gate.Order();
        Assert.True(_gate.TryHold(new Output(this, "a")));
        _gate.Durable(position);

        // It has nothing to wait for but the one before it.
        Assert.True(_gate.TryHold(new Output(this, "b")));
        _scheduler.RunAll();
        Assert.Equal(["a", "b"], _seen);
        Assert.False(_gate.TryHold(new Output(this, "c")));
    }

    [Fact]
    public void When_the_disk_takes_nothing_who_waits_is_told_and_the_others_are_kept()
    {
        var first = _gate.Order();
        Assert.True(_gate.TryHold(new Output(this, "answer")));
        Assert.True(_gate.TryHold(new Output(this, "call", isAwaited: false)));
        var reading = _gate.WhenDurableAsync();

        _gate.Stall(new IOException("full"));
        _scheduler.RunAll();
        Assert.Equal(["answer refused: full"], _seen);
        Assert.Equal("full", Assert.IsType<IOException>(reading.Exception!.InnerException).Message);

        // Whoever comes then, too.
        Assert.True(_gate.TryHold(new Output(this, "late")));
        Assert.Equal(["answer refused: full", "late refused: full"], _seen);

        _gate.Durable(first);
        _scheduler.RunAll();
        Assert.Equal(["answer refused: full", "late refused: full", "call"], _seen);
        Assert.False(_gate.TryHold(new Output(this, "after")));
    }

    private sealed class Output(OutputGateTests test, string name, bool isAwaited = true) : IHeldOutput
    {
        public bool IsAwaited => isAwaited;

        public void Release() => test._seen.Add(name);

        public void Refuse(Exception error) => test._seen.Add($"{name} refused: {error.Message}");
    }
}
