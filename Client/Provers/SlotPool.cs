namespace ProvingMarket.Client.Provers;

/// <summary>The slots of a worker: one for every job, and for the statements of a batch as many more as nobody else wants. Safe for several threads.</summary>
/// <param name="slots">How many there are.</param>
/// <param name="returned">Called when one has become free that was borrowed.</param>
internal sealed class SlotPool(int slots, Action returned)
{
    private readonly Lock _lock = new();
    private int _free = slots;
    private bool _wanted;

    /// <summary>Takes a slot for a job; false when all are in use.</summary>
    public bool TryTake()
    {
        lock (_lock) return _free > 0 && _free-- > 0;
    }

    /// <summary>Takes one more slot for a job that has one; false when all are in use, or invitations wait for one.</summary>
    public bool TryBorrow()
    {
        lock (_lock) return !_wanted && _free > 0 && _free-- > 0;
    }

    /// <summary>A job is over.</summary>
    public void Return()
    {
        lock (_lock) _free++;
    }

    /// <summary>A borrowed slot is free again.</summary>
    public void GiveBack()
    {
        Return();
        returned();
    }

    /// <summary>Whether invitations wait for a slot: borrowed ones are to be given back as soon as the proof made there is.</summary>
    public bool IsWanted
    {
        get
        {
            lock (_lock) return _wanted;
        }
        set
        {
            lock (_lock) _wanted = value;
        }
    }
}
