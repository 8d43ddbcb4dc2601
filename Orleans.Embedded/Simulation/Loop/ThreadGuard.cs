using System.Diagnostics;

namespace Orleans.Simulation.Loop;

/// <summary>Sees to it that everything happens on the one thread that steps.</summary>
internal sealed class ThreadGuard
{
    private int _thread = Environment.CurrentManagedThreadId;
    private int _depth;
    private volatile string? _escape;

    /// <summary>Says that the current thread uses the simulation.</summary>
    /// <exception cref="InvalidOperationException">Another thread uses it.</exception>
    internal void Enter()
    {
        var current = Environment.CurrentManagedThreadId;
        if (_thread != current)
        {
            if (_depth > 0) throw new InvalidOperationException("The simulation is used by two threads at once.");
            _thread = current;
        }

        _depth++;
    }

    /// <summary>Says that the use has ended.</summary>
    internal void Leave() => _depth--;

    /// <summary>Checks that the current thread is the simulation's. If not, the next step fails.</summary>
    /// <param name="what">What is about to happen.</param>
    /// <param name="subject">To what.</param>
    /// <returns>Whether it is.</returns>
    internal bool Check(string what, object? subject = null)
    {
        if (_thread == Environment.CurrentManagedThreadId) return true;

        Escaped($"{what} {subject} on thread {Environment.CurrentManagedThreadId}");
        return false;
    }

    /// <summary>Notes that something has left the thread, with the stack it comes from.</summary>
    /// <param name="what">What.</param>
    internal void Escaped(string what) => _escape ??= $"{what}, from:{Environment.NewLine}{StackWithinTheStep()}";

    /// <summary>Fails if something has left the thread.</summary>
    /// <exception cref="SimulationEscapedException">Something has.</exception>
    internal void ThrowIfEscaped()
    {
        if (_escape is { } escape) throw new SimulationEscapedException($"The run cannot be repeated, it has left the simulation's thread: {escape}");
    }

    // Who called for the step says nothing about the escape, and is long in a test.
    private static string StackWithinTheStep() => string.Concat(new StackTrace(skipFrames: 2, fNeedFileInfo: true).GetFrames()
        .TakeWhile(frame => !(frame.GetMethod() is { Name: nameof(SimulatedCluster.Step) } method && method.DeclaringType == typeof(SimulatedCluster)))
        .Select(frame => new StackTrace(frame).ToString()));
}
