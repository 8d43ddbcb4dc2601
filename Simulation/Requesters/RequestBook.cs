namespace ProvingMarket.Simulation.Requesters;

/// <summary>What a requester knows of its own requests, and keeps through the crashes of its process as a service keeps it in a database: which it
/// has, and what it has sent. What it does not know after a crash is what it was answered.</summary>
internal sealed class RequestBook
{
    private readonly RequestScript[] _scripts;
    private readonly Queue<RequestScript> _unfinished = [];
    private int _next;

    public RequestBook(IEnumerable<RequestScript> scripts) => _scripts = [.. scripts];

    /// <summary>How many were not begun yet.</summary>
    public int Left => _scripts.Length - _next;

    /// <summary>A process starts, again perhaps: what the one before it had not finished comes first.</summary>
    public void Begin()
    {
        _unfinished.Clear();
        foreach (var script in _scripts.Take(_next))
        {
            if (!script.IsDone) _unfinished.Enqueue(script);
        }
    }

    /// <summary>The next to work on; null when there is none.</summary>
    public RequestScript? Next() => _unfinished.TryDequeue(out var unfinished) ? unfinished : _next < _scripts.Length ? _scripts[_next++] : null;
}
