namespace Orleans.Runtime;

/// <summary>Which activation the current thread is running a turn of.</summary>
internal static class RuntimeContext
{
    [ThreadStatic]
    private static IActivation? t_current;

    /// <summary>Gets the activation whose turn the current thread runs, or null outside of grains.</summary>
    internal static IActivation? Current => t_current;

    /// <summary>Enters an activation's turn.</summary>
    /// <param name="activation">The activation, or null to leave.</param>
    /// <returns>The activation that was current before; put it back afterwards.</returns>
    internal static IActivation? Exchange(IActivation? activation)
    {
        var previous = t_current;
        t_current = activation;
        return previous;
    }

    /// <summary>Gets the activation of a grain.</summary>
    /// <param name="grain">The grain.</param>
    /// <returns>Its activation.</returns>
    /// <exception cref="InvalidOperationException">The grain was not created by the engine.</exception>
    internal static IActivation ActivationOf(IGrainBase grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return grain.GrainContext as IActivation
            ?? throw new InvalidOperationException($"{grain.GetType()} was created outside of a silo: it has no activation.");
    }
}
