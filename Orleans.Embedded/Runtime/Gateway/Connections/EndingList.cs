namespace Orleans.Runtime.Gateway;

/// <summary>Things that end without saying so: a few of them are looked at whenever it is used, and those that have ended are forgotten. Not safe for several threads.</summary>
/// <typeparam name="T">What they are.</typeparam>
/// <param name="hasEnded">Says whether one has ended.</param>
/// <param name="forgotten">Told which has.</param>
internal sealed class EndingList<T>(Func<T, bool> hasEnded, Action<T> forgotten)
{
    // More than the one that is added, so that the list grows only by those that really go on.
    private const int LookedAtForEach = 4;

    private readonly List<T> _items = [];
    private int _next;

    /// <summary>Gets the number of those that had not ended when they were looked at last.</summary>
    internal int Count => _items.Count;

    /// <summary>Adds one.</summary>
    /// <param name="item">It.</param>
    internal void Add(T item)
    {
        Forget();
        _items.Add(item);
    }

    /// <summary>Removes one, if it is here.</summary>
    /// <param name="item">It.</param>
    /// <returns>Whether it was.</returns>
    internal bool Remove(T item) => _items.Remove(item);

    /// <summary>Looks at a few, and forgets those that have ended.</summary>
    internal void Forget() => Forget(LookedAtForEach);

    /// <summary>Looks at all, and forgets those that have ended.</summary>
    internal void ForgetAll() => Forget(_items.Count);

    private void Forget(int count)
    {
        for (var looked = 0; looked < count && _items.Count > 0; looked++)
        {
            if (_next >= _items.Count) _next = 0;
            var item = _items[_next];
            if (!hasEnded(item))
            {
                _next++;
                continue;
            }

            _items[_next] = _items[^1];
            _items.RemoveAt(_items.Count - 1);
            forgotten(item);
        }
    }
}
