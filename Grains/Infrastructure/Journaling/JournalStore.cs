using System.Collections.Immutable;
using System.Globalization;
using Orleans.Storage;

namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>The records of one journal.</summary>
internal abstract class JournalStore<TState, TEntry>
    where TState : class
{
    /// <summary>The number of the last page that the head contains.</summary>
    public abstract long HeadPage { get; }

    /// <summary>How many pages may come after the head that there is.</summary>
    public abstract int PagesAfterHead { get; }

    /// <summary>Loads the head's state and the entries of every page after it.</summary>
    /// <exception cref="InconsistentStateException">Another activation has written so much meanwhile that some are gone.</exception>
    public abstract Task<(TState Head, ImmutableArray<ImmutableArray<TEntry>> Pages)> LoadAsync();

    /// <summary>Writes the next page.</summary>
    /// <exception cref="InconsistentStateException">Another activation has written it.</exception>
    public abstract Task AppendAsync(long number, ImmutableArray<TEntry> entries);

    /// <summary>Called when the page that was written last is durable: only its version is needed again.</summary>
    public abstract void Release();

    /// <summary>Writes the head: from now on pages up to <paramref name="page"/> are not loaded any more.</summary>
    /// <exception cref="InconsistentStateException">Another activation has written it.</exception>
    public abstract Task WriteHeadAsync(TState state, long page);

    /// <summary>Reads the next few pages, of a journal that keeps them or after its head; fewer than asked for when there are no more.</summary>
    public abstract Task<ImmutableArray<ImmutableArray<TEntry>>> ReadPagesAsync(long first, int count);
}

/// <summary>The records of one journal. A page is written only where there is none, or over one that the head contains, and only if nobody else has
/// written there: of two activations that append, one gets an <see cref="InconsistentStateException"/>.</summary>
internal sealed class JournalStore<TState, TEntry, THead, TPage>(IGrainStorage storage, GrainId owner, JournalShape<TState, TEntry> shape)
    : JournalStore<TState, TEntry>
    where TState : class
    where THead : class, IJournalHead<THead, TState>
    where TPage : class, IJournalPage<TPage, TEntry>
{
    private const int MostReadAtOnce = 32;

    private readonly GrainType _pages = JournalShape.PagesOf(shape.Name);
    private readonly HeadStore<TState, TEntry, THead> _head = new(storage, owner, shape);
    private readonly Dictionary<long, RecordVersion> _versions = [];
    private (long Number, GrainState<TPage> Record)? _written;

    public override long HeadPage => _head.Record?.Page ?? 0;

    public override int PagesAfterHead => (shape.KeepsPages, _head.Record) switch
    {
        // Where they are does not depend on it.
        (true, _) => shape.PagesAfterHead,
        (false, { } head) => head.PagesAfter > 0 ? head.PagesAfter : JournalShape.FirstPages,
        (false, null) => Math.Min(shape.PagesAfterHead, JournalShape.FirstPages),
    };

    public override async Task<(TState Head, ImmutableArray<ImmutableArray<TEntry>> Pages)> LoadAsync()
    {
        var head = await _head.LoadAsync();
        var pages = ImmutableArray.CreateBuilder<ImmutableArray<TEntry>>();
        // Never a record twice in one go: it would be known by another version than the one that was looked at.
        var mostAtOnce = Math.Min(MostReadAtOnce, PagesAfterHead);
        // Most journals have few pages after the head: what is not there costs a read, too.
        for (var count = 1; ; count = Math.Min(2 * count, mostAtOnce))
        {
            var read = await ReadPagesAsync(HeadPage + pages.Count + 1, count);
            pages.AddRange(read);
            if (read.Length < count) break;
        }
        return (head, pages.ToImmutable());
    }

    public override Task AppendAsync(long number, ImmutableArray<TEntry> entries) =>
        KnownRecord(number) is { } record ? WriteAsync(record, number, entries) : ReadAndAppendAsync(number, entries);

    public override void Release()
    {
        if (_written is { } written && !shape.KeepsPages) _versions[Slot(written.Number)] = RecordVersion.Of(written.Record);
        _written = null;
    }

    public override Task WriteHeadAsync(TState state, long page) =>
        _head.WriteAsync(state, page, _head.Record is null ? shape.PagesAfterHead : PagesAfterHead);

    public override async Task<ImmutableArray<ImmutableArray<TEntry>>> ReadPagesAsync(long first, int count)
    {
        var pages = await Task.WhenAll(Enumerable.Range(0, count).Select(i => ReadAsync(first + i)));
        return [.. pages.TakeWhile((page, i) => page?.Number == first + i).Select(page => page!.Entries)];
    }

    private async Task<TPage?> ReadAsync(long number)
    {
        var record = new GrainState<TPage>();
        await storage.ReadStateAsync(shape.Name, IdOf(number), record);
        var page = record.RecordExists ? record.State : null;
        // The head that was loaded is not the last, and what it does not contain may be gone. To write here would overwrite what is not in any head.
        if (page?.Number > number) throw new InconsistentStateException($"Page {number} of the {shape.Name} of {owner} has been overwritten by another activation.");
        if (!shape.KeepsPages) _versions[Slot(number)] = RecordVersion.Of(record);
        return page;
    }

    /// <summary>The record to write a page into, with the version it has now; null when that must be read first.</summary>
    private GrainState<TPage>? KnownRecord(long number)
    {
        if (shape.KeepsPages) return new GrainState<TPage>();
        if (_versions.TryGetValue(Slot(number), out var known)) return known.Record<TPage>();
        // The first time round there is nothing to overwrite: whatever is there already is another activation's, and refuses this write.
        return number < Slots ? new GrainState<TPage>() : null;
    }

    private Task WriteAsync(GrainState<TPage> record, long number, ImmutableArray<TEntry> entries)
    {
        _written = (number, record);
        record.State = TPage.Of(number, entries);
        return storage.WriteStateAsync(shape.Name, IdOf(number), record);
    }

    private async Task ReadAndAppendAsync(long number, ImmutableArray<TEntry> entries)
    {
        // The head contains what may be overwritten; anything newer is another activation's.
        if ((await ReadAsync(number))?.Number > HeadPage)
            throw new InconsistentStateException($"Page {number} of the {shape.Name} of {owner} was written by another activation.");
        await WriteAsync(_versions[Slot(number)].Record<TPage>(), number, entries);
    }

    private long Slots => 2L * PagesAfterHead;

    private long Slot(long number) => shape.KeepsPages ? number : number % Slots;

    private GrainId IdOf(long number)
    {
        var journal = owner.Key.AsSpan();
        // As many digits as a number has at most, and the slash.
        Span<byte> end = stackalloc byte[20];
        end[0] = (byte)'/';
        Slot(number).TryFormat(end[1..], out var digits, provider: CultureInfo.InvariantCulture);
        return GrainId.Create(_pages, new IdSpan([.. journal, .. end[..(digits + 1)]]));
    }
}
