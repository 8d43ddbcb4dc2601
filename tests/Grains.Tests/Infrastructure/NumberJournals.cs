using System.Collections.Immutable;
using ProvingMarket.Grains.Infrastructure.Journaling;

namespace ProvingMarket.Grains.Tests.Infrastructure;

/// <summary>Journals of numbers, whose state is the list of all of them, over storage that tests step through.</summary>
internal static class NumberJournals
{
    public static readonly GrainId Owner = GrainId.Create("test", "a");

    public static JournalShape<ImmutableList<int>, int> Shape(bool keepsPages) => new(
        "test", [], (state, entry) => state.Add(entry), state => state.Count)
    {
        KeepsPages = keepsPages, PagesAfterHead = 3, EntriesAfterHead = 4,
    };

    public static async Task<Journal<ImmutableList<int>, int>> OpenAsync(
        SteppedStorage storage, JournalShape<ImmutableList<int>, int> shape, int activation, int waiting = 0)
    {
        var opening = Journal<ImmutableList<int>, int>.OpenAsync<Head, Page>(storage.For(activation), Owner, shape, () => { });
        await FinishAsync(storage, opening, waiting);
        return (await opening).Journal;
    }

    /// <summary>Carries out what the task waits for, while others wait.</summary>
    public static async Task FinishAsync(SteppedStorage storage, Task task, int waiting = 0)
    {
        while (storage.Waiting > waiting) storage.Step(waiting, SteppedStorage.Outcome.Done);
        await task;
    }

    /// <summary>Serialized like every head: it is read back from its pieces.</summary>
    public sealed record Head : IJournalHead<Head, ImmutableList<int>>
    {
        public ImmutableList<int>? State { get; init; }

        public long Page { get; init; }

        public int PagesAfter { get; init; }

        public HeadPieces? Pieces { get; init; }

        public static Head Of(ImmutableList<int>? state, long page, int pagesAfter, HeadPieces? pieces) =>
            new() { State = state, Page = page, PagesAfter = pagesAfter, Pieces = pieces };
    }

    public sealed record Page(long Number, ImmutableArray<int> Entries) : IJournalPage<Page, int>
    {
        public static Page Of(long number, ImmutableArray<int> entries) => new(number, entries);
    }
}
