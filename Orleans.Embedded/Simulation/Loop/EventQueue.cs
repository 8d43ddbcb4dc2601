namespace Orleans.Simulation.Loop;

/// <summary>Events in the order they are due: a heap with four children a node, whose events know their places so that they can be taken out.</summary>
internal sealed class EventQueue
{
    private const int Children = 4;

    private SimulatedEvent[] _events = new SimulatedEvent[64];
    private long _order;

    /// <summary>Gets the number of events.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets the number of events that keep a simulation going.</summary>
    internal int CountOfWork { get; private set; }

    /// <summary>Gets the next event. Only if there is one.</summary>
    internal SimulatedEvent First => _events[0];

    /// <summary>Adds an event.</summary>
    /// <param name="added">The event; not in the queue.</param>
    /// <param name="due">When it happens.</param>
    internal void Add(SimulatedEvent added, long due)
    {
        added.Due = due;
        added.Order = ++_order;
        if (Count == _events.Length) Array.Resize(ref _events, Count * 2);
        if (!added.IsHousekeeping) CountOfWork++;
        Rise(added, Count++);
    }

    /// <summary>Takes an event out, if it is in.</summary>
    /// <param name="removed">The event.</param>
    internal void Remove(SimulatedEvent removed)
    {
        var index = removed.Index;
        if (index == SimulatedEvent.NotQueued) return;

        removed.Index = SimulatedEvent.NotQueued;
        if (!removed.IsHousekeeping) CountOfWork--;
        var last = _events[--Count];
        _events[Count] = null!;
        if (index == Count) return;

        if (index > 0 && IsBefore(last, _events[(index - 1) / Children])) Rise(last, index);
        else Sink(last, index);
    }

    private static bool IsBefore(SimulatedEvent a, SimulatedEvent b) => a.Due < b.Due || (a.Due == b.Due && a.Order < b.Order);

    private void Rise(SimulatedEvent moved, int index)
    {
        while (index > 0)
        {
            var parent = (index - 1) / Children;
            if (!IsBefore(moved, _events[parent])) break;

            Put(_events[parent], index);
            index = parent;
        }

        Put(moved, index);
    }

    private void Sink(SimulatedEvent moved, int index)
    {
        while (true)
        {
            var first = (index * Children) + 1;
            if (first >= Count) break;

            var least = first;
            var end = Math.Min(first + Children, Count);
            for (var child = first + 1; child < end; child++)
            {
                if (IsBefore(_events[child], _events[least])) least = child;
            }

            if (!IsBefore(_events[least], moved)) break;

            Put(_events[least], index);
            index = least;
        }

        Put(moved, index);
    }

    private void Put(SimulatedEvent moved, int index)
    {
        _events[index] = moved;
        moved.Index = index;
    }
}
