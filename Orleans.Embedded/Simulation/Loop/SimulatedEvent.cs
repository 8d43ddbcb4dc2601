namespace Orleans.Simulation.Loop;

/// <summary>Something that happens at a time: a timer, the arrival of a call, the end of a storage operation. It is in the queue of the loop at most once.</summary>
internal abstract class SimulatedEvent
{
    /// <summary>The place in the queue of something that is not there.</summary>
    internal const int NotQueued = -1;

    /// <summary>Gets or sets when it happens.</summary>
    internal long Due { get; set; }

    /// <summary>Gets or sets what tells it from others that happen at the same time: the earlier one was queued first.</summary>
    internal long Order { get; set; }

    /// <summary>Gets or sets the place in the queue.</summary>
    internal int Index { get; set; } = NotQueued;

    /// <summary>Gets or sets the host it happens at; once that has ended it does not happen. Null for the world between the hosts.</summary>
    internal SimulatedHost? Host { get; set; }

    /// <summary>Gets a value indicating whether it is periodic and does not keep a simulation going.</summary>
    internal virtual bool IsHousekeeping => false;

    /// <summary>Makes it happen.</summary>
    internal abstract void Happen();
}
