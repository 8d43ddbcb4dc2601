using System.Collections.Immutable;
using System.Globalization;
using Orleans.Storage;

namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>The records of one journal. A page is written only where there is none, or over one that the head contains, and only if nobody else has
/// written there: of two activations that append, one gets an <see cref="InconsistentStateException"/>.</summary>
internal sealed class JournalStore<TState, TEntry>(IGrainStorage storage, GrainId owner, JournalShape<TState, TEntry> shape)
    where TState : class
{
    private const int MostReadAtOnce = 8;

    // Never a record twice in one go: it would be known by another version than the one that was looked at.
    private readonly int _readAtOnce = Math.Min(MostReadAtOnce, shape.PagesAfterHead);
    private readonly GrainType _pages = GrainType.Create($"{shape.Name}.page");
    private readonly GrainState<JournalHead<TState>> _head = new();
    private readonly Dictionary<long, GrainState<JournalPage<TEntry>>> _slots = [];

    /// <summary>The number of the last page that the head contains.</summary>
    public long HeadPage => _head.RecordExists ? _head.State!.Page : 0;

    /// <summary>Loads the head and every page after it.</summary>
    public async Task<(TState State, ImmutableArray<JournalPage<TEntry>> Pages)> LoadAsync()
    {
        await storage.ReadStateAsync(shape.Name, owner, _head);
        var pages = ImmutableArray.CreateBuilder<JournalPage<TEntry>>();
        while (true)
        {
            var read = await ReadAsync(HeadPage + pages.Count + 1);
            pages.AddRange(read);
            if (read.Length < _readAtOnce) break;
        }
        return (_head.RecordExists ? _head.State!.State : shape.Initial, pages.ToImmutable());
    }

    /// <summary>Writes the next page.</summary>
    /// <exception cref="InconsistentStateException">Another activation has written it.</exception>
    public async Task AppendAsync(JournalPage<TEntry> page)
    {
        var slot = shape.KeepsPages ? new GrainState<JournalPage<TEntry>>() : await SlotAsync(page.Number);
        slot.State = page;
        await storage.WriteStateAsync(shape.Name, IdOf(page.Number), slot);
        // Only the version is needed again.
        slot.State = null;
    }

    /// <summary>Writes the head: from now on pages up to <paramref name="page"/> are not loaded any more.</summary>
    public Task WriteHeadAsync(TState state, long page)
    {
        _head.State = new JournalHead<TState> { State = state, Page = page };
        return storage.WriteStateAsync(shape.Name, owner, _head);
    }

    /// <summary>Reads a page that is kept; null when there is none.</summary>
    public async Task<JournalPage<TEntry>?> ReadPageAsync(long number)
    {
        var record = new GrainState<JournalPage<TEntry>>();
        await storage.ReadStateAsync(shape.Name, IdOf(number), record);
        return record.RecordExists && record.State!.Number == number ? record.State : null;
    }

    /// <summary>Reads the next few pages; fewer than asked for when there are no more.</summary>
    private async Task<ImmutableArray<JournalPage<TEntry>>> ReadAsync(long first)
    {
        var records = await Task.WhenAll(Enumerable.Range(0, _readAtOnce).Select(i => ReadSlotAsync(first + i)));
        return [.. records.Select(record => record.State).TakeWhile((page, i) => page?.Number == first + i)!];
    }

    private async Task<(long Number, JournalPage<TEntry>? State)> ReadSlotAsync(long number)
    {
        var record = new GrainState<JournalPage<TEntry>>();
        await storage.ReadStateAsync(shape.Name, IdOf(number), record);
        var page = record.RecordExists ? record.State : null;
        if (!shape.KeepsPages)
        {
            record.State = null;
            _slots[Slot(number)] = record;
        }
        return (number, page);
    }

    /// <summary>The record to write a page into, with the version it has now.</summary>
    private async Task<GrainState<JournalPage<TEntry>>> SlotAsync(long number)
    {
        if (_slots.TryGetValue(Slot(number), out var known)) return known;
        var (_, page) = await ReadSlotAsync(number);
        // The head contains what may be overwritten; anything newer is another activation's.
        if (page?.Number > HeadPage)
            throw new InconsistentStateException($"Page {number} of the {shape.Name} of {owner} was written by another activation.");
        return _slots[Slot(number)];
    }

    private long Slot(long number) => shape.KeepsPages ? number : number % (2 * shape.PagesAfterHead);

    private GrainId IdOf(long number) =>
        GrainId.Create(_pages, IdSpan.Create(string.Create(CultureInfo.InvariantCulture, $"{owner.Key}/{Slot(number)}")));
}
