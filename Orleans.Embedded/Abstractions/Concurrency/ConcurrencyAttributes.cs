namespace Orleans.Concurrency;

/// <summary>The method does not change the grain: calls to such methods may run interleaved with each other.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute
{
}

/// <summary>All requests of the class may interleave at their awaits. Still one turn at a time.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute
{
}

/// <summary>Calls to the method may interleave with every other request at its awaits.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute
{
}

/// <summary>The caller does not wait for the method and never learns whether it ran. Not for anything that matters.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute
{
}

/// <summary>Grains of this class have several activations, created as load demands; a call goes to one that is free.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatelessWorkerAttribute : Attribute
{
    /// <summary>Allows as many activations as there are processors.</summary>
    public StatelessWorkerAttribute() : this(-1)
    {
    }

    /// <summary>Allows the given number of activations.</summary>
    /// <param name="maxLocalWorkers">The greatest number of activations of one grain; values below one mean the number of processors.</param>
    public StatelessWorkerAttribute(int maxLocalWorkers) => MaxLocalWorkers = maxLocalWorkers;

    /// <summary>Gets the greatest number of activations of one grain; values below one mean the number of processors.</summary>
    internal int MaxLocalWorkers { get; }
}
