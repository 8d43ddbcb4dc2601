namespace ProvingMarket.Client.Provers;

/// <summary>Runs that need no more attention: the market repeats invitations until their deadline, and each is acted on once. Bounded: beyond
/// the capacity those whose deadline comes first are forgotten. Not thread-safe.</summary>
internal sealed class KnownRuns(int capacity)
{
    private readonly Dictionary<string, DateTimeOffset> _until = [];
    private readonly PriorityQueue<string, DateTimeOffset> _byDeadline = new();

    public int Count => _until.Count;

    public bool Contains(string runKey) => _until.ContainsKey(runKey);

    public void Add(string runKey, DateTimeOffset deadline, DateTimeOffset now)
    {
        while (_byDeadline.TryPeek(out var first, out var until) && (until <= now || _until.Count >= capacity))
        {
            _byDeadline.Dequeue();
            _until.Remove(first);
        }
        if (_until.TryAdd(runKey, deadline)) _byDeadline.Enqueue(runKey, deadline);
    }
}
