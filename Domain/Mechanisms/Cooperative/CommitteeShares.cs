using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.Cooperative;

/// <summary>Which statements each seat of a committee has, and in which order its member works on them.</summary>
/// <remarks>
/// <para>Every statement is in f + 1 different seats of the 3f + 1, so whichever f members fail, one that does not has it.</para>
/// <para>The copies are dealt around the table, one seat after the other: seats differ by one copy at most.</para>
/// <para>One of the f + 1 has the statement first, and these firsts are spread evenly as well. The others have it in their second turn, their third, and so on: each
/// of them in another, and counted from the end, so that they come to what is left when a member is slow. When all are equally fast, nobody gets that far, and
/// every statement is proved once.</para>
/// </remarks>
public static class CommitteeShares
{
    /// <summary>Most members that may fail.</summary>
    public const int HighestFaults = 21;

    /// <summary>The seats of a committee of which so many may fail.</summary>
    public static int SeatsFor(int faults) => (3 * faults) + 1;

    /// <summary>How many statements the largest share has.</summary>
    public static int LargestOf(int statements, int faults) => ((statements * (faults + 1)) + SeatsFor(faults) - 1) / SeatsFor(faults);

    /// <summary>The shares, by seat: statements, from 0, in the order of work. Seats beyond the copies there are have none.</summary>
    /// <param name="statements">How many statements there are; at least one.</param>
    /// <param name="faults">f, 0–<see cref="HighestFaults"/>.</param>
    public static ImmutableArray<ImmutableArray<int>> Deal(int statements, int faults)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(statements, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(faults);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(faults, HighestFaults);
        var (seats, copies) = (SeatsFor(faults), faults + 1);
        var shares = Enumerable.Range(0, seats).Select(_ => new List<(int Turn, int Statement)>()).ToArray();
        var firsts = FirstCopies(statements, faults);
        for (var statement = 0; statement < statements; statement++)
        {
            for (var copy = 0; copy < copies; copy++)
                shares[((statement * copies) + copy) % seats].Add(((copy - firsts[statement] + copies) % copies, statement));
        }
        return [.. shares.Select(share => share.OrderBy(held => held.Turn).ThenBy(held => held.Turn == 0 ? held.Statement : -held.Statement).Select(held => held.Statement).ToImmutableArray())];
    }

    /// <summary>The seats that have a statement first.</summary>
    public static ImmutableHashSet<int> FirstSeats(int statements, int faults) =>
        [.. FirstCopies(statements, faults).Select((copy, statement) => ((statement * (faults + 1)) + copy) % SeatsFor(faults))];

    /// <summary>Which of the copies of each statement comes first: the one in the seat with the fewest firsts so far.</summary>
    private static int[] FirstCopies(int statements, int faults)
    {
        var (seats, copies) = (SeatsFor(faults), faults + 1);
        var firsts = new int[seats];
        var copyOf = new int[statements];
        for (var statement = 0; statement < statements; statement++)
        {
            var from = statement * copies;
            copyOf[statement] = Enumerable.Range(0, copies).MinBy(copy => firsts[(from + copy) % seats]);
            firsts[(from + copyOf[statement]) % seats]++;
        }
        return copyOf;
    }
}
