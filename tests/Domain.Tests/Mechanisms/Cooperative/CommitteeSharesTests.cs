using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms.Cooperative;

namespace ProvingMarket.Domain.Tests.Mechanisms.Cooperative;

public sealed class CommitteeSharesTests
{
    private static readonly FsCheck.Gen<(int Statements, int Faults)> Sizes =
        from statements in Gen.Choose(1, MarketLimits.BatchStatements) from faults in Gen.Choose(0, CommitteeShares.HighestFaults) select (statements, faults);

    [Fact]
    public void Every_statement_is_in_so_many_different_seats_that_one_is_left_whoever_fails() => Property.Holds(Sizes, size =>
    {
        var shares = CommitteeShares.Deal(size.Statements, size.Faults);
        Assert.Equal((3 * size.Faults) + 1, shares.Length);
        Assert.All(shares, share => Assert.Equal(share.Length, share.Distinct().Count()));
        for (var statement = 0; statement < size.Statements; statement++)
            Assert.Equal(size.Faults + 1, shares.Count(share => share.Contains(statement)));
    });

    [Fact]
    public void Shares_differ_by_one_statement_at_most() => Property.Holds(Sizes, size =>
    {
        var sizes = CommitteeShares.Deal(size.Statements, size.Faults).Select(share => share.Length).ToArray();
        var mean = size.Statements * (size.Faults + 1) / (double)sizes.Length;
        Assert.All(sizes, actual => Assert.True(Math.Abs(actual - mean) < 1, $"{actual} where {mean} is even"));
        Assert.Equal(CommitteeShares.LargestOf(size.Statements, size.Faults), sizes.Max());
    });

    [Fact]
    public void Everybody_has_about_as_many_statements_first() => Property.Holds(Sizes, size =>
    {
        var shares = CommitteeShares.Deal(size.Statements, size.Faults);
        var firsts = CommitteeShares.FirstSeats(size.Statements, size.Faults);
        // A share begins with the statements that its seat has first, in rising order.
        Assert.All(shares.Where((_, seat) => firsts.Contains(seat)), share => Assert.NotEmpty(share));
        Assert.Equal(Math.Min(size.Statements, shares.Length), firsts.Count);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whichever_members_fail_every_statement_has_one_that_does_not(int faults)
    {
        for (var statements = 1; statements <= 24; statements++)
        {
            var shares = CommitteeShares.Deal(statements, faults);
            foreach (var failed in Subsets(shares.Length, faults))
                Assert.Equal(Enumerable.Range(0, statements), shares.Where((_, seat) => !failed.Contains(seat)).SelectMany(share => share).Distinct().Order());
        }
    }

    [Fact]
    public void Large_committees_stand_the_failure_of_any_of_their_members_too() => Property.Holds(
        from size in Sizes from failed in Gen.Shuffle(Enumerable.Range(0, CommitteeShares.SeatsFor(size.Faults)).ToArray()) select (size, failed),
        drawn =>
        {
            var failed = drawn.failed.Take(drawn.size.Faults).ToHashSet();
            var held = CommitteeShares.Deal(drawn.size.Statements, drawn.size.Faults).Where((_, seat) => !failed.Contains(seat)).SelectMany(share => share).Distinct();
            Assert.Equal(drawn.size.Statements, held.Count());
        },
        times: 500);

    [Fact]
    public void Whoever_works_in_order_meets_nobody_while_all_are_equally_fast() => Property.Holds(Sizes, size =>
    {
        // One statement a round for everybody who has one left that nobody has proved: as often as the firsts need, and hardly anything twice.
        var shares = CommitteeShares.Deal(size.Statements, size.Faults);
        var (proved, rounds, work) = (new HashSet<int>(), 0, 0);
        while (proved.Count < size.Statements)
        {
            var round = shares.Select(share => share.Cast<int?>().FirstOrDefault(statement => !proved.Contains(statement!.Value))).OfType<int>().ToArray();
            proved.UnionWith(round);
            (rounds, work) = (rounds + 1, work + round.Length);
        }
        Assert.Equal((size.Statements + shares.Length - 1) / shares.Length, rounds);
        if (size.Statements % shares.Length == 0) Assert.Equal(size.Statements, work);
    });

    private static IEnumerable<HashSet<int>> Subsets(int seats, int size)
    {
        if (size == 0) return [[]];
        return Enumerable.Range(0, seats).SelectMany(last => Subsets(last, size - 1).Select(smaller => smaller.Append(last).ToHashSet()));
    }
}
