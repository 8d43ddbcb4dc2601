using System.Collections.Immutable;
using FsCheck.Fluent;
using ProvingMarket.Domain.Registry;

namespace ProvingMarket.Domain.Tests.Registry;

/// <summary>A shard forgets stake entries. Whatever a prover does meanwhile, and however late its calls are, none is applied twice.</summary>
public sealed class StakeMemoryTests
{
    private static readonly RegistryState Registered = RegistryRules.Register(RegistryState.Empty, Samples.Offer()).State;

    // 0: a movement begins and its call is made; 1: the call of one that is under way is repeated; 2: one that has been applied is done;
    // 3: a call made before arrives late; 4: time passes.
    private static readonly FsCheck.Gen<(int Kind, int Pick)> Steps =
        from kind in Gen.Frequency((4, Gen.Constant(0)), (2, Gen.Constant(1)), (4, Gen.Constant(2)), (4, Gen.Constant(3)), (3, Gen.Constant(4)))
        from pick in Gen.Choose(0, 1_000)
        select (kind, pick);

    [Fact]
    public void No_entry_is_applied_twice_and_what_is_done_is_forgotten() => Property.Holds(Property.Sequences(Steps), steps =>
    {
        var (state, now, begun) = (Registered, Samples.Now, 0);
        var moving = new List<string>();
        var calls = new List<(string Entry, ImmutableArray<string> Moving, DateTimeOffset At)>();
        var applied = new HashSet<string>();
        foreach (var (kind, pick) in steps)
        {
            switch (kind)
            {
                case 0:
                    moving.Add($"e{begun++}");
                    Call(moving[^1]);
                    break;
                case 1 when moving.Count > 0:
                    Call(moving[pick % moving.Count]);
                    break;
                case 2 when moving.Count > 0:
                    moving.RemoveAt(pick % moving.Count);
                    break;
                case 3:
                    var onTheirWay = calls.Where(call => now - call.At <= MarketLimits.LateCall).ToList();
                    if (onTheirWay.Count > 0) Arrive(onTheirWay[pick % onTheirWay.Count]);
                    break;
                case 4:
                    now += MarketLimits.LateCall * (pick / 700.0);
                    break;
            }
        }
        // However much there was, the next call long after leaves what is under way, and itself.
        now += 2 * MarketLimits.LateCall;
        Call($"e{begun}");
        Assert.Empty(state.Provers["p1"].StakeEntries.Keys.Except([.. moving, $"e{begun}"]));

        void Call(string entry)
        {
            calls.Add((entry, [.. moving], now));
            Arrive(calls[^1]);
        }

        void Arrive((string Entry, ImmutableArray<string> Moving, DateTimeOffset At) call)
        {
            (state, var refusal) = RegistryRules.AddStake(state, "p1", call.Entry, Credits.Whole(1), call.Moving, now);
            Assert.Null(refusal);
            applied.Add(call.Entry);
            Assert.Equal((Credits.Whole(applied.Count), Credits.Whole(applied.Count)), (state.Provers["p1"].Stake, state.Provers["p1"].Staked));
        }
    }, times: 300);
}
