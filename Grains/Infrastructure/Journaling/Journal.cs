using System.Collections.Immutable;
using Orleans.Storage;

namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>State of a reentrant grain that is stored as what happened: entries are applied in memory at once and written in pages: all that gathered while the last
/// was in flight is one, or several when it is more than a record should have; now and then the whole state is written, so that few pages have to be loaded. An entry costs the
/// same whatever has gone before, and however large the state is.</summary>
/// <remarks>After a failed write memory is ahead of storage, so every later commit fails too and the activation is dropped: the next one loads what is
/// durable. All calls come from one activation.</remarks>
internal sealed class Journal<TState, TEntry>
    where TState : class
{
    private readonly JournalStore<TState, TEntry> _store;
    private readonly JournalShape<TState, TEntry> _shape;
    private readonly Action _deactivate;
    private GatheredEntries<TEntry> _gathering = new();
    private TaskCompletionSource? _next;
    private TState _durable;
    private int _headWeight;
    private int _sinceHead;
    private bool _writing;
    private Exception? _failure;

    private Journal(
        JournalStore<TState, TEntry> store, JournalShape<TState, TEntry> shape, Action deactivate, TState head, ImmutableArray<TEntry> loaded, long lastPage)
    {
        (_store, _shape, _deactivate) = (store, shape, deactivate);
        Head = head;
        State = _durable = loaded.Aggregate(head, shape.Apply);
        _sinceHead = loaded.Length;
        _headWeight = shape.Weight(head);
        (HeadPage, LastPage) = (store.HeadPage, lastPage);
    }

    /// <summary>The state as decided so far; parts of it may not be durable yet.</summary>
    public TState State { get; private set; }

    /// <summary>The state that was loaded first, before the pages after it.</summary>
    public TState Head { get; }

    /// <summary>The number of the last page that was not loaded, because it is contained in the <see cref="Head"/>; 0 for none.</summary>
    public long HeadPage { get; }

    /// <summary>The number of the last durable page; 0 for none.</summary>
    public long LastPage { get; private set; }

    /// <summary>How many of the last entries are not known to be durable.</summary>
    public int Pending { get; private set; }

    /// <summary>Loads a journal.</summary>
    /// <typeparam name="THead">The record of its head.</typeparam>
    /// <typeparam name="TPage">The record of its pages.</typeparam>
    /// <param name="storage">Where it is kept.</param>
    /// <param name="owner">The grain whose journal it is.</param>
    /// <param name="shape">Its kind.</param>
    /// <param name="deactivate">Drops the activation.</param>
    /// <returns>The journal, and the entries that were loaded beside the head, oldest first.</returns>
    public static async Task<(Journal<TState, TEntry> Journal, ImmutableArray<TEntry> Loaded)> OpenAsync<THead, TPage>(
        IGrainStorage storage, GrainId owner, JournalShape<TState, TEntry> shape, Action deactivate)
        where THead : class, IJournalHead<THead, TState>
        where TPage : class, IJournalPage<TPage, TEntry>
    {
        var store = new JournalStore<TState, TEntry, THead, TPage>(storage, owner, shape);
        var (head, pages) = await store.LoadAsync();
        var loaded = pages.SelectMany(page => page).ToImmutableArray();
        return (new Journal<TState, TEntry>(store, shape, deactivate, head, loaded, store.HeadPage + pages.Length), loaded);
    }

    /// <summary>Applies an entry. It is durable when a <see cref="CommitAsync"/> called afterwards has completed.</summary>
    public void Add(TEntry entry)
    {
        State = _shape.Apply(State, entry);
        _gathering.Add(entry);
        Pending++;
    }

    /// <summary>Completes when everything decided so far is durable.</summary>
    public Task CommitAsync()
    {
        // As the write has failed: for callers it is the same outage, and they repeat what failed for one.
        if (_failure is not null) return Task.FromException(_failure);
        if (!_writing && _gathering.IsEmpty) return Task.CompletedTask;
        _gathering.EndDecision();
        // Whoever waits goes on within the turn in which the write is known to be done: no turn for each.
        _next ??= new TaskCompletionSource();
        var mine = _next.Task;
        if (!_writing) _ = WriteAsync();
        return mine;
    }

    /// <summary>Reads so many pages of a journal that keeps them, the oldest first; fewer when they are not there.</summary>
    public Task<ImmutableArray<ImmutableArray<TEntry>>> ReadPagesAsync(long first, int count) => _store.ReadPagesAsync(first, count);

    // One method for all of it: every level of asynchronous methods that a page waits in costs as much as the page.
    private async Task WriteAsync()
    {
        _writing = true;
        while (_next is { } batch)
        {
            _next = null;
            try
            {
                if (IsHeadDue) await WriteHeadAsync();
                // Somebody may only have waited for the write before.
                if (!_gathering.IsEmpty)
                {
                    var (state, gathered) = (State, _gathering);
                    _gathering = new();
                    var pages = gathered.Cut(_shape.PageBytes);
                    for (var i = 0; i < pages.Count; i++)
                    {
                        if (i > 0 && IsHeadDue) await WriteHeadAsync();
                        await _store.AppendAsync(LastPage + 1, EntriesOf(pages[i]));
                        _store.Release();
                        LastPage++;
                        // After the last it is what memory has, and shared with that.
                        _durable = i == pages.Count - 1 ? state : pages[i].Aggregate(_durable, _shape.Apply);
                        _sinceHead += pages[i].Count;
                        Pending -= pages[i].Count;
                    }
                }
                batch.SetResult();
            }
            catch (Exception e)
            {
                _failure = e;
                _deactivate();
                batch.SetException(e);
                _next?.SetException(e);
                _next = null;
            }
        }
        _writing = false;
    }

    private bool IsHeadDue => LastPage - _store.HeadPage >= _store.PagesAfterHead || _sinceHead >= Math.Max(_shape.EntriesAfterHead, _headWeight);

    private ImmutableArray<TEntry> EntriesOf(IReadOnlyList<TEntry> page) => [.. page.Count > 1 && _shape.Condense is { } condense ? condense(page) : page];

    private async Task WriteHeadAsync()
    {
        await _store.WriteHeadAsync(_durable, LastPage);
        _sinceHead = 0;
        _headWeight = _shape.Weight(_durable);
    }
}
