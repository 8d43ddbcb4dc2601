using System.Diagnostics;
using System.Diagnostics.Tracing;

namespace Orleans.Simulation.Loop;

/// <summary>
/// Sees when code of a simulation hands work to the thread pool or sets a timer of the real clock, on the thread that does so: the runtime tells its tracing of both.
/// What came back from there would be noticed by <see cref="ThreadGuard"/>; what does not come back in time would not.
/// </summary>
internal sealed class EscapeWatch : EventListener
{
    private const EventKeywords ThreadPoolAndTransfer = (EventKeywords)(0x2 | 0x10);
    private const int EnqueueWork = 30;
    private const int TransferSend = 150;

    [ThreadStatic]
    private static ThreadGuard? t_stepping;

    private static readonly Lazy<EscapeWatch> s_instance = new(Create);
    private static readonly ManualResetEventSlim s_sawWork = new();

    /// <summary>Starts to watch, unless it is watched already.</summary>
    internal static void Start() => _ = s_instance.Value;

    /// <summary>Says which simulation the current thread runs now.</summary>
    /// <param name="guard">Its guard, or null for none.</param>
    /// <returns>The one before; put it back afterwards.</returns>
    internal static ThreadGuard? Exchange(ThreadGuard? guard)
    {
        var previous = t_stepping;
        t_stepping = guard;
        return previous;
    }

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Diagnostics.Eventing.FrameworkEventSource") EnableEvents(eventSource, EventLevel.Verbose, ThreadPoolAndTransfer);
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventId == EnqueueWork) s_sawWork.Set();
        if (t_stepping is not { } guard) return;
        if (IsCompilationOfServices()) return;
        if (eventData.EventId == EnqueueWork) guard.Escaped("Work was handed to the thread pool");
        else if (eventData.EventId == TransferSend) guard.Escaped("A timer of the real clock was set, or work was handed to another thread");
    }

    // A service provider that finds a service asked for twice compiles the way to it in the background: the service stays the same, so the run does, too.
    // It is the first code outside the core library on the stack, under the name of its caller among the abstractions where the compiler has joined the two;
    // frames without an assembly are stubs.
    private static bool IsCompilationOfServices() => new StackTrace(skipFrames: 2).GetFrames()
        .Select(frame => frame.GetMethod()?.DeclaringType?.Assembly)
        .FirstOrDefault(assembly => assembly is not null && assembly != typeof(object).Assembly && assembly != typeof(EscapeWatch).Assembly)?.GetName().Name
        is "Microsoft.Extensions.DependencyInjection" or "Microsoft.Extensions.DependencyInjection.Abstractions";

    // The pool looks only now and then whether somebody listens.
    private static EscapeWatch Create()
    {
        var watch = new EscapeWatch();
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static _ => { }, null);
            if (s_sawWork.Wait(TimeSpan.FromMilliseconds(5))) return watch;
        }

        watch.Dispose();
        throw new NotSupportedException("The thread pool cannot be watched in this process (is EventSource support off?): a simulation could leave its thread unnoticed.");
    }
}
