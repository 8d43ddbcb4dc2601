using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using static ProvingMarket.Domain.Tests.Mechanisms.Runs.Races;

namespace ProvingMarket.Domain.Tests.Mechanisms.Runs;

public sealed class CallingRulesTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly Refusal NoStake = Refusal.Of(ReasonCode.StakeInsufficient, "bond", "at most the free stake of 0 credits", "2");

    [Fact]
    public void Whose_lease_cannot_be_reserved_is_called_again_after_a_pause_that_doubles_and_so_often_at_most()
    {
        var (run, now, times) = (Started().Run, Samples.Now, 0);
        for (var pause = Second; times < CallingRules.MostRefusals; times++, pause *= 2)
        {
            if (times > 0)
            {
                Assert.Empty(CallingRules.Callable(run, ["p1"], now + (pause / 2) - TimeSpan.FromTicks(1), Second));
                now += pause / 2;
            }
            Assert.Equal<string>(["p1", "p2"], CallingRules.Callable(run, ["p1", "p2"], now, Second));
            run = Refused(run, now);
        }
        Assert.Equal<string>(["p2"], CallingRules.Callable(run, ["p1", "p2"], now + TimeSpan.FromDays(365), Second));
    }

    [Fact]
    public void The_requester_is_told_what_the_lease_of_whoever_is_not_called_was_refused_for()
    {
        var now = Samples.Now;
        var run = Refused(Started().Run, now);
        string[] eligible = ["p1", "p2"];
        Assert.Equal((ReasonCode.StakeInsufficient, 1), Pair(CallingRules.NotCalled(run, eligible, CallingRules.Callable(run, eligible, now, Second))));
        Assert.Empty(CallingRules.NotCalled(run, eligible, CallingRules.Callable(run, eligible, now + Second, Second)));

        static (ReasonCode, int) Pair(IEnumerable<KeyValuePair<ReasonCode, int>> reasons) => (Assert.Single(reasons).Key, reasons.Single().Value);
    }

    private static RunState Refused(RunState run, DateTimeOffset now) =>
        ElectionRules.NotReserved(RunRules.Calling(run, "p1", terms: null, now), "p1", NoStake, now, now);
}
