using System.Globalization;
using Orleans.Storage;

namespace ProvingMarket.Grains.Infrastructure.Journaling;

/// <summary>The head of one journal: one record, or, when the state is too large for that, pieces and a record that says where they are. Writing that record is
/// what makes the pieces the head; until then, and for readers that came before, the head before is whole, because its pieces are in the other of two places.</summary>
/// <remarks>No activation overwrites pieces of the head that counts. It knows their versions before it writes the record once more as it is (<see cref="ClaimAsync"/>);
/// when another has made its own pieces the head meanwhile, that is refused; and when another claims afterwards, this one's pieces never become the head. Pieces
/// that were abandoned are overwritten by the next head that needs their place.</remarks>
internal sealed class HeadStore<TState, TEntry, THead>(IGrainStorage storage, GrainId owner, JournalShape<TState, TEntry> shape)
    where TState : class
    where THead : class, IJournalHead<THead, TState>
{
    private const int MostAtOnce = 32;

    private readonly GrainType _kind = JournalShape.PiecesOf(shape.Name);
    private readonly GrainState<THead> _record = new();

    /// <summary>The versions of the pieces that have been read or written.</summary>
    private readonly Dictionary<(int Place, int Number), GrainState<HeadPiece>> _pieces = [];

    /// <summary>The record; null when there is none. The state is not in it when it is in pieces.</summary>
    public THead? Record => _record.RecordExists ? _record.State : null;

    /// <summary>Reads the head.</summary>
    /// <returns>Its state; the initial one when there is no head.</returns>
    /// <exception cref="InvalidOperationException">The storage has lost a part of it.</exception>
    public async Task<TState> LoadAsync()
    {
        await storage.ReadStateAsync(shape.Name, owner, _record);
        while (Record?.Pieces is { } where)
        {
            var page = Record.Page;
            var pieces = new HeadPiece?[where.Count];
            await ForEachAsync(where.Count, async number => pieces[number - 1] = await ReadPieceAsync(where.Place, number));
            if (pieces.All(piece => piece?.Page == page)) return StateOf(HeadText.Join<THead>(pieces.Select(piece => piece!.Text)));
            // Another activation needs the place again, so it has written the head twice since the record was read.
            var before = _record.ETag;
            await storage.ReadStateAsync(shape.Name, owner, _record);
            if (_record.ETag == before) throw new InvalidOperationException($"Pieces of the head of the {shape.Name} of {owner} as of page {page} are missing.");
        }
        return Record is { } whole ? StateOf(whole) : shape.Initial;
    }

    /// <summary>Writes the head.</summary>
    /// <exception cref="InconsistentStateException">Another activation has written it.</exception>
    public async Task WriteAsync(TState state, long page, int pagesAfter)
    {
        var whole = THead.Of(state, page, pagesAfter, pieces: null);
        var texts = HeadText.Cut(whole, shape.PieceBytes);
        if (texts.Length == 1)
        {
            await WriteRecordAsync(whole);
            return;
        }
        var place = Record?.Pieces?.Place == 0 ? 1 : 0;
        await ClaimAsync(place, texts.Length, pagesAfter);
        await ForEachAsync(texts.Length, number => WritePieceAsync(new HeadPiece { Place = place, Number = number, Page = page, Text = texts[number - 1] }));
        await WriteRecordAsync(THead.Of(state: null, page, pagesAfter, new HeadPieces { Place = place, Count = texts.Length }));
    }

    /// <summary>Makes sure that pieces can be written into a place: nobody else's are the head, or will be.</summary>
    private async Task ClaimAsync(int place, int count, int pagesAfter)
    {
        await ForEachAsync(count, number => _pieces.ContainsKey((place, number)) ? Task.CompletedTask : ReadPieceAsync(place, number));
        await WriteRecordAsync(Record ?? THead.Of(shape.Initial, page: 0, pagesAfter, pieces: null));
    }

    private TState StateOf(THead whole) => whole.State ?? throw new InvalidOperationException($"The head of the {shape.Name} of {owner} has no state.");

    private Task WriteRecordAsync(THead head)
    {
        _record.State = head;
        return storage.WriteStateAsync(shape.Name, owner, _record);
    }

    private async Task<HeadPiece?> ReadPieceAsync(int place, int number)
    {
        var record = new GrainState<HeadPiece>();
        await storage.ReadStateAsync(shape.Name, IdOf(place, number), record);
        var piece = record.RecordExists ? record.State : null;
        // Only the version is needed again.
        record.State = null;
        _pieces[(place, number)] = record;
        return piece;
    }

    private async Task WritePieceAsync(HeadPiece piece)
    {
        var record = _pieces[(piece.Place, piece.Number)];
        record.State = piece;
        await storage.WriteStateAsync(shape.Name, IdOf(piece.Place, piece.Number), record);
        record.State = null;
    }

    private static async Task ForEachAsync(int count, Func<int, Task> act)
    {
        foreach (var some in Enumerable.Range(1, count).Chunk(MostAtOnce)) await Task.WhenAll(some.Select(act));
    }

    private GrainId IdOf(int place, int number) =>
        GrainId.Create(_kind, IdSpan.Create(string.Create(CultureInfo.InvariantCulture, $"{owner.Key}/{place}/{number}")));
}
